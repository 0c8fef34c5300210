"""Readings by the hour, kept for ten years: blocks whose roots are facts, and what can be read from them."""
