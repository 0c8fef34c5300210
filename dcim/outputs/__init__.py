"""Where readings go beside the page and the history."""
