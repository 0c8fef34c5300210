"""The transport for a device that our own engine cannot talk to."""
