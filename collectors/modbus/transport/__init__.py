"""Carries questions to units and answers back: the contract, frames, and pymodbus behind it."""
