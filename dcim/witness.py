"""What a collector may offer beside ``dcim.collect``: its raw answers are kept, and decoded again later.

    transport ── Exchange: the question, what came, when ──▶ Witness             (a recording)
    device    ── portrait: what was known of it ──────────▶                      (with it)

    Script: what was answered in one poll ──▶ the collector's own decoding ──▶ Collected    (replayed)

A recording holds no secret: a question and an answer stand without what proves who asks. How they are written
is the collector's own business; whoever keeps them compares questions, and looks into neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

from dcim.clock import Clock
from dcim.collect import Collected, Collector
from dcim.model import Asset, BadAnswer, Lane, NoAnswer, PollError, Refused
from dcim.record import dataclass


class Fault(IntEnum):
    """How a question ended that brought no answer. Never change a number: recordings keep theirs."""

    NONE = 0
    SILENCE = 1
    REFUSED = 2
    NONSENSE = 3
    OTHER = 4


_FAULTS: tuple[tuple[type[PollError], Fault], ...] = (
    (NoAnswer, Fault.SILENCE),
    (Refused, Fault.REFUSED),
    (BadAnswer, Fault.NONSENSE),
)


def fault_of(error: PollError | None) -> Fault:
    """Return the fault that an error is; NONE where there is no error."""
    if error is None:
        return Fault.NONE
    return next((fault for kind, fault in _FAULTS if isinstance(error, kind)), Fault.OTHER)


def error_of(fault: Fault, why: str) -> PollError:
    """Return the error that a fault was."""
    kinds = {fault: kind for kind, fault in _FAULTS}
    return kinds.get(fault, PollError)(why)


class Exchange(NamedTuple):
    """One question to one device, and how it ended. Times are ``loop.time()`` seconds.

    ``answer`` holds bytes as they were received, without those that carry a secret; what came with a
    ``fault`` too, where anything did.
    """

    question: bytes
    answer: bytes
    began: float
    ended: float
    fault: Fault = Fault.NONE
    why: str = ""


Heard: TypeAlias = tuple[bytes, bytes, float, float, Fault, str]
"""The fields of an ``Exchange`` as a plain tuple, made in an eighth of its time: there is one a question."""

Witness: TypeAlias = Callable[[str, Heard], None]
"""Is told the asset id of a device and each exchange with it, on the loop; quick, and never raises."""


@runtime_checkable
class TellsRaw(Protocol):
    """A collector whose raw answers can be kept."""

    def witness(self, told: Witness | None) -> None:
        """Tell every exchange from now on, or no more of them."""
        ...

    def portrait(self, asset: Asset) -> bytes:
        """Return what is known of a device and needed to decode its answers; empty: nothing yet.

        The very same object as long as nothing of it has changed. It holds no secret.
        """
        ...


@dataclass(slots=True)
class Script:
    """What was answered in the poll that is played now. ``restarted``: the agent was found to have restarted.

    Of two answers to one question the later one counts: what was repeated was repeated for a reason.
    """

    exchanges: Sequence[Exchange] = ()
    restarted: bool = False
    _by_question: dict[bytes, Exchange] | None = None

    def play(self, exchanges: Sequence[Exchange], *, restarted: bool = False) -> None:
        """Begin the next poll."""
        self.exchanges = exchanges
        self.restarted = restarted
        self._by_question = None

    def find(self, question: bytes) -> Exchange | None:
        """Return how this question ended; None: it was not asked so."""
        if self._by_question is None:
            self._by_question = {one.question: one for one in self.exchanges}
        return self._by_question.get(question)


@runtime_checkable
class Plays(Protocol):
    """A collector that asks a script instead of devices."""

    def portray(self, asset: Asset, portrait: bytes) -> None:
        """Know of a device from now on what a portrait says. Raise ValueError where it says nonsense."""
        ...


class Recorded(NamedTuple):
    """What was answered in one poll of some lanes, which came at ``at`` (UTC seconds)."""

    asset: Asset
    lanes: frozenset[Lane]
    exchanges: Sequence[Exchange]
    at: float


@runtime_checkable
class PlaysTogether(Protocol):
    """What a played collector may offer beside: polls of many devices are decoded in less time together."""

    def together(self, polls: Sequence[Recorded]) -> Sequence[Collected | None]:
        """Return what each poll comes to, as ``collect`` would; None: it is to be decoded alone.

        No device comes twice. None of the polls found that an agent had restarted, or asked who it is.
        """
        ...


class PlayedCollector(Collector, Plays, Protocol):
    """A collector as it is replayed: what it does beside ``collect`` never waits."""


@runtime_checkable
class Replays(Protocol):
    """What a plug-in may offer beside, so that recordings of its devices can be replayed."""

    def played(
        self,
        script: Script,
        clock: Clock,
        credentials: Mapping[str, Mapping[str, Any]],
        profile_dirs: Sequence[Path] = (),
    ) -> PlayedCollector:
        """Return a collector whose devices answer from a script, bound to the running loop.

        ``credentials`` are those of the recorded configuration by name, their secrets left out.
        """
        ...
