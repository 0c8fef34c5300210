"""The sections of the configuration, one module each, and what may be wrong between them."""
