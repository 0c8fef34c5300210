"""From the drawing of the site to the network, and from readings to what they say of a load."""
