"""What a page draws, made from the view in the language of a reader. Pure."""
