"""What a room remembers over a restart, beside the facts: a name and a body, newest only."""

from __future__ import annotations

from dcim.model.fact import Body
from dcim.record import acyclic, dataclass


@dataclass(frozen=True, slots=True)
@acyclic
class Memory:
    """What ``room`` remembers under ``key``; ``body`` None: it is forgotten.

    No record: what happened is in the facts. A time in it is UTC.
    """

    room: str
    key: str
    body: Body | None
