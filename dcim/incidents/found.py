"""Where an alert was found to belong."""

from __future__ import annotations

from dcim.incidents.case import Case
from dcim.incidents.incident import Reason
from dcim.incidents.place import Root
from dcim.record import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """Where an alert belongs: an open incident or none, why, the roots it then has, and what it swallows.

    ``renamed``: the incident has another root than before. ``lower``: it takes the place of a higher step of
    the same condition, which stands there or has just ended.
    """

    case: Case | None
    reason: Reason
    root: Root
    roots: tuple[str, ...]
    absorbed: tuple[Case, ...] = ()
    renamed: bool = False
    lower: bool = False
