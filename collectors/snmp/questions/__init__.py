"""Questions to one device as it bears them: split when too big, the guilty OID isolated."""
