"""Recordings and images of units, and what is masked in them."""
