"""Readings to files on this machine, for whoever needs them: NDJSON and CSV."""
