"""Commands of an engineer on duty: what is wrong, why, what if, and who takes it."""
