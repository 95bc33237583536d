"""How it is going: figures of the ledger, added up once a minute and drawn."""
