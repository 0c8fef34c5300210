"""From cells to readings: the same for polls, probes and recordings (A7)."""
