"""Commands that start something, a daemon, a demonstration, a simulated site; and the check before it."""
