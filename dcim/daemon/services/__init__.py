"""What the building promises and how it stands: services, causes, pairs of feeds, losses that might come."""
