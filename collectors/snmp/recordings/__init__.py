"""Recordings read as if they were the device, made from values, and masked. No network."""
