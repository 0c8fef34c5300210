"""The transport over our own engine: windows, timeouts and the questions under way."""
