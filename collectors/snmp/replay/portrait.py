"""What must be known of a device so that its answers can be decoded: as text, to be kept beside them. Pure.

    {"profiles": ["apc_smartups"], "dotted": "1.3.6.1.4.1.318.1.3.27", "most": 60, ...}
    1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.318.1.3.27          the cells that its tables were understood from
    ...

No credential, no address: whom it is of is known to whoever keeps it. It is kept packed, a fifth of its text:
a daemon holds one of every device.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from collectors.snmp.answers.cells import Cells
from collectors.snmp.answers.recording import parse_lines
from collectors.snmp.answers.writing import line
from collectors.snmp.devices.device import Device
from collectors.snmp.devices.plan import Understanding
from dcim.profile import Ratio
from dcim.record import dataclass, field

_MOST: Final = 64 * 1024**2
"""Bytes of a portrait's text; more is nonsense."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """What a portrait says. ``scales`` are those that were chosen among a family's, by point."""

    profiles: tuple[str, ...]
    cells: Cells
    dotted: str = "0.0"
    unit: int = 1
    most: int = 0  # varbinds in one question
    rows: int = 0  # rows in one question of a walk; 0: one after the other
    refused: Mapping[bytes, str] = field(default_factory=dict)
    scales: Mapping[str, Ratio] = field(default_factory=dict)
    engine: bytes = b""


def write(device: Device, unit: int, engine: bytes) -> bytes:
    """Return the portrait of a device whose profiles are known."""
    learned, known = device.learned, device.known
    cells = device.survey.cells if device.survey is not None and known is None else device.understood_from
    scales = known.scales if known is not None else {}
    head = {
        "profiles": [profile.name for profile in device.profiles or ()],
        "dotted": device.dotted,
        "unit": unit,
        "most": learned.max_varbinds,
        "rows": learned.repetitions,
        "unheard": [name.hex() for name in cells.unheard],
        "refused": {name.hex(): why for name, why in sorted(learned.refused.items())},
        "scales": {key: list(scale) for key, scale in sorted(scales.items())},
        "engine": engine.hex(),
    }
    written = (line(name, cell.tag, cell.value) for name, cell in sorted(cells.by_oid.items()))
    return "\n".join([json.dumps(head, sort_keys=True), *filter(None, written)]).encode()


def packed(portrait: bytes) -> bytes:
    """Return a portrait as it is kept."""
    return zlib.compress(portrait)


def read(portrait: bytes) -> Portrait:
    """Return what a portrait says, packed or not. Raise ValueError where it is none."""
    head, *lines = _text(portrait).decode().split("\n")
    try:
        return _read(json.loads(head), lines)
    except (KeyError, TypeError, AttributeError) as error:
        msg = f"no portrait of an SNMP device: {error!r}"
        raise ValueError(msg) from error


def _text(portrait: bytes) -> bytes:
    if portrait.startswith(b"{"):  # recordings of earlier versions
        return portrait
    opened = zlib.decompressobj()
    try:
        text = opened.decompress(portrait, _MOST)
    except zlib.error as error:
        msg = f"no portrait of an SNMP device: {error}"
        raise ValueError(msg) from error
    if not opened.eof:
        msg = "no portrait of an SNMP device: it ends early, or is too long"
        raise ValueError(msg)
    return text


def _read(said: Mapping[str, Any], lines: Sequence[str]) -> Portrait:
    return Portrait(
        tuple(map(str, said["profiles"])),
        Cells(parse_lines(lines).by_oid, tuple(map(bytes.fromhex, said.get("unheard", ())))),
        str(said["dotted"]),
        int(said["unit"]),
        int(said["most"]),
        int(said["rows"]),
        {bytes.fromhex(name): str(why) for name, why in said["refused"].items()},
        {str(key): (float(by), float(over)) for key, (by, over) in said["scales"].items()},
        bytes.fromhex(said["engine"]),
    )


def before(said: Portrait) -> Understanding | None:
    """Return what carries the scales that were chosen already, for ``understand``."""
    return Understanding(scales=dict(said.scales)) if said.scales else None
