"""One module a kind of report: figures as pure functions over facts, and the sections that show them."""
