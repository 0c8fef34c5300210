"""Traps: a reason to ask a device now, and nothing else."""
