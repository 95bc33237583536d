"""Pages of the log that are no list of a model, and the parts that pages share."""
