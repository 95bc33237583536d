"""Contract drift: where a payload departs from what Meta documents, by path and shape."""
