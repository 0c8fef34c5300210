"""What must be known of a unit so that its answers can be decoded, as JSON, to be kept beside them. Pure.

{"profile": "stulz_c7000", "holes": [[1, [1013, 1754]]], "limits": [125, 2000, 8], "refused": [...]}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from collectors.modbus.asking.asking import Learned
from collectors.modbus.families.plan import Holes, Limits
from collectors.modbus.transport.contract import Read, Space
from dcim.model import Gap, GapReason
from dcim.record import dataclass


@dataclass(frozen=True, slots=True)
class Portrait:
    """What a portrait says: the family, and what the unit has taught about itself."""

    profile: str
    holes: Holes
    limits: Limits
    refused: Mapping[Read, Gap]

    def teach(self, learned: Learned) -> None:
        """Have it learned what was learned then."""
        learned.holes, learned.limits = self.holes, self.limits
        learned.refused = dict(self.refused)
        learned.until = 0.0
        learned.lessons += 1


def write(profile: str, learned: Learned) -> bytes:
    """Return the portrait of a unit."""
    limits = learned.limits
    said = {
        "profile": profile,
        "holes": [[int(space), sorted(holes)] for space, holes in sorted(learned.holes.by_space.items())],
        "limits": [limits.registers, limits.bits, limits.gap],
        "refused": [
            [int(read.space), read.start, read.count, gap.raw]
            for read, gap in sorted(learned.refused.items())
        ],
    }
    return json.dumps(said, sort_keys=True, ensure_ascii=False).encode()


def read(portrait: bytes) -> Portrait:
    """Return what a portrait says. Raise ValueError where it is none."""
    said: Any = json.loads(portrait)
    try:
        holes = {Space(space): frozenset(map(int, found)) for space, found in said["holes"]}
        refused = {
            Read(Space(space), int(start), int(count)): Gap(GapReason.REFUSED, str(why))
            for space, start, count, why in said["refused"]
        }
        limits = Limits(*map(int, said["limits"]))
        return Portrait(str(said["profile"]), Holes(MappingProxyType(holes)), limits, refused)
    except (KeyError, TypeError) as error:
        msg = f"no portrait of a Modbus device: {error!r}"
        raise ValueError(msg) from error
