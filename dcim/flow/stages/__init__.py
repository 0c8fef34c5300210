"""What follows a change: what trips, which batteries empty, which services suffer, how warm it gets."""
