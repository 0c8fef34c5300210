"""Who a device is: which profiles fit it and why, and what it calls itself."""
