"""Raw answers as a daemon keeps them, and told again as if devices gave them."""
