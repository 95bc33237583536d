"""What needs somebody's attention, at the top of the front page: nothing, when all is well."""
