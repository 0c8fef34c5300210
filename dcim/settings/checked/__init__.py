"""What comes out of a configuration: frozen, checked, with secrets still references."""
