"""A simulated data centre: pure physics, and agents that answer for it in a process of their own."""
