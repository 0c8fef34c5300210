"""A notice in words: for people in French and English, as a line, as a mail, as fields."""
