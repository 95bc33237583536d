"""What a ledger that was restored to an earlier time has forgotten, and how nothing is doubled."""
