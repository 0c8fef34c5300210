"""From the outbox on disk to a channel: one line each, patience, what is settled, daily trials."""
