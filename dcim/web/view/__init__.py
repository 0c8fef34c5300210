"""What pages and API may see of the daemon, and ask of it: seams, so that both are tested without one."""
