"""Evidence that leaves the machine: who signs, copies of signed heads elsewhere, and bundles for auditors."""
