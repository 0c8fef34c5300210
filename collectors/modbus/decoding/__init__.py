"""From registers to readings, and back for the simulator."""
