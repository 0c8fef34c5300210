"""The network with something changed, of which only what the change reaches is computed anew."""
