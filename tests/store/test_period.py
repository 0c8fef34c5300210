"""A period read through the index says what the whole chain says, and reads only its own part of the ledger."""

from __future__ import annotations

SECOND = 1_000_000
