"""From files to parts in their shapes: every mistake is kept with its place, and reading goes on."""
