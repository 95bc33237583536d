"""People as the ledger knows them: all names of one, and all that is held of them."""
