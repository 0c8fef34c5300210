"""One module a revision, each upgrading from the one before."""
