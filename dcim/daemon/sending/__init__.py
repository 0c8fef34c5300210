"""Where things go: channels of messages, outputs of readings, and how both fare."""
