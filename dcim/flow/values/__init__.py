"""The network, what was measured and what would be, as plain values."""
