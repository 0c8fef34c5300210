"""JSON: the claim that a verifier recomputes, and the whole report in no language. Pure."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from enum import Enum
from hashlib import sha256
from typing import Any

from dcim.ledger import Head
from dcim.reports.model import Document


def claim_text(document: Document) -> str:
    """Return the claim in one fixed spelling: its SHA-256 is on record as that of the report."""
    return json.dumps(document.claim, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def claim_digest(document: Document) -> str:
    """Return the SHA-256 of the claim, in lower-case hex."""
    return sha256(claim_text(document).encode()).hexdigest()


def claim(document: Document) -> bytes:
    """Return a report as JSON: face, claim, and every section with its values and their units."""
    body = {
        "format": "dcim report 1",
        **({"replay": _plain(document.face.replay)} if document.face.replay else {}),
        "claim_sha256": claim_digest(document),
        "claim": document.claim,
        "face": _plain(document.face),
        "sections": _plain(document.sections),
    }
    return (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode()


def _plain(value: Any) -> Any:
    """Return a part of the model as JSON has it, with the name of its type."""
    if isinstance(value, Head):
        return value._asdict()
    if is_dataclass(value):
        held = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return {"type": type(value).__name__.lower(), **held}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value
