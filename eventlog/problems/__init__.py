"""Problems: what looks find is kept from the first time to the last, and people see to it."""
