"""Tasks that nobody can read: kept where people see them."""
