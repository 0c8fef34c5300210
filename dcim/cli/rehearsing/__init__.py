"""Commands that play what was recorded or told against rules."""
