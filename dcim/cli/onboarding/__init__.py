"""Commands for what is plugged in: ask a device, look for devices, read a recording, list the families."""
