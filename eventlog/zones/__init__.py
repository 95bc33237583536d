"""Time zones: which there are, and which moments are meant by what a clock shows in them."""
