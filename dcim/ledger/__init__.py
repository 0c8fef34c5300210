"""The ledger: facts in a chain that shows every later change. Pure: no I/O, no clock, no randomness."""

from dcim.ledger.canonical import NotCanonical, canonical
from dcim.ledger.chain import GENESIS, SCHEMA, Entry, Head, Sealed, append, genesis, seal
from dcim.ledger.derived import Derived, Tables, digest
from dcim.ledger.keyring import Keyring
from dcim.ledger.signed import SignedHead, Signer
from dcim.ledger.verify import Fault, FaultKind, Verifier, verify

__all__ = [
    "GENESIS",
    "SCHEMA",
    "Derived",
    "Entry",
    "Fault",
    "FaultKind",
    "Head",
    "Keyring",
    "NotCanonical",
    "Sealed",
    "SignedHead",
    "Signer",
    "Tables",
    "Verifier",
    "append",
    "canonical",
    "digest",
    "genesis",
    "seal",
    "verify",
]
