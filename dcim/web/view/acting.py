"""Who wishes something, and the links by which readers of messages do: plain data between web and daemon."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from dcim.alerts import Language, Proof
from dcim.record import dataclass, field

LINKS: Final = "/acknowledge/"
"""Where the pages are that links open."""


class LinkState(StrEnum):
    """How a link from a message, and what it is about, stands."""

    OPEN = "open"  # it acknowledges
    DONE = "done"  # it has, just now
    TAKEN = "taken"  # somebody has acknowledged already
    OVER = "over"  # there is nothing to acknowledge any more
    USED = "used"
    EXPIRED = "expired"
    WRONG = "wrong"  # not one of ours


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link and what it is about: in a sentence, how bad, since when (UTC seconds), for whom, taken by whom.

    Of one that is not ours nothing is said but that.
    """

    state: LinkState
    headline: Mapping[Language, str] = field(default_factory=dict)
    severity: str = ""
    since: float = 0.0
    who: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who wishes something, and by what proof that is known; ``login`` as in ``Deed``."""

    who: str
    proof: Proof = Proof.CLAIMED
    login: str = ""
