"""Modbus: its profiles, and what asks the devices."""
