"""What ``transport_udp`` is made of: wires, windows, timeouts, peers and the questions to them."""
