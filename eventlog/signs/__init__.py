"""Signs of problems: how often something was seen, whether or not somebody has to hear of it."""
