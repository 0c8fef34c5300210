"""What rows a device has: walked, named by their index, each with the points of the profile."""
