"""What people do at the running daemon: deeds, names, links, answers, announced work."""
