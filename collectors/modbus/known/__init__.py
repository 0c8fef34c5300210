"""The families that are known, and which of them a unit is."""
