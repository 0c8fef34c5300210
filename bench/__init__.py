"""Benchmarks against the peers, in one run on one machine: ``python -m bench``."""
