"""Where the daemon listens: ports, connections, and the door of its own for Prometheus."""
