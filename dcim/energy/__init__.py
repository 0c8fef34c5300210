"""Energy of the building from its counters and their places in the graph. Pure."""
