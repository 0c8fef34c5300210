"""What a device answered: cells in memory, lines in a recording."""
