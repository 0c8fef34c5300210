"""One unit asked over a connection that others share: pacing, what it refused, what is kept of it."""
