"""One device over time: surveyed, planned, read on every beat."""
