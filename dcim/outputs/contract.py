"""The contract of an output: takes a block of readings, and says whether the far side has it for good.

An output is a plug-in of the entry point group ``dcim.outputs`` and owns its settings, its address and its
patience. Each has a thread of its own, so it may wait; the worker before it owns queue, order and retries.

    cursor ─▶ block ─▶ send ─▶ Durable   the cursor moves behind the block
                             ─▶ Later     the same block again, after a while
                             ─▶ Halted    the same, and people are told: nobody but them can mend it
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Protocol, TypeAlias

from pydantic import Field

from dcim.clock import Clock, SystemClock
from dcim.record import dataclass, field
from dcim.secret import SecretRef
from dcim.settings.values.sizes import Size
from dcim.settings.values.written import Seconds
from dcim.yaml import Section

if TYPE_CHECKING:
    from dcim.outputs.block import Block

DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Lines that the far side will never take: as it would have got them, its words, and those in one.

    ``reason`` is one of few words: it is a label of a metric.
    """

    why: str
    lines: tuple[str, ...]
    reason: str = "invalid"


@dataclass(frozen=True, slots=True)
class Durable:
    """The far side has the block, all but what it ``refused`` for good. ``lines``: how many it took."""

    lines: int
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Later:
    """Not now. ``seconds`` is what the far side asked for; None leaves it to the back-off."""

    why: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Halted:
    """Not before somebody mends something: access, a name, an address. Asked again all the same."""

    why: str


Verdict: TypeAlias = Durable | Later | Halted


class Output(Protocol):
    """Writes to one place. At least once: the same block may come again, so it must be idempotent.

    ``send`` raises nothing; what went wrong is in its verdict. Both are called from one thread.
    """

    def send(self, block: Block) -> Verdict:
        """Hand one block over; return once the far side has it for good, or why it has not."""
        ...

    def close(self) -> None:
        """Let go of connections and files."""
        ...


class OutputSettings(Section):
    """What every output has in the file beside its name and type.

    ``max_age`` and ``max_size`` bound what waits for it: beyond them the oldest is dropped, and counted.
    ``start``: where a new output begins, with what comes or with the oldest that is still in the log.
    ``batch``: about how many readings go at once.
    """

    max_age: Annotated[Seconds, Field(ge=60, le=400 * DAY)] = 7 * DAY
    max_size: Annotated[Size, Field(ge=1 << 20)] = 10 << 30
    start: Literal["now", "oldest"] = "now"
    batch: int = Field(default=20_000, ge=1, le=1_000_000)


@dataclass(frozen=True, slots=True)
class Context:
    """What an output is opened with: its name, the site, what resolves a secret or raises Unresolved.

    ``folder`` is its own, for what it must remember; it may not be there yet.
    """

    name: str
    site: str
    secret: Callable[[SecretRef], str]
    folder: Path
    clock: Clock = field(default_factory=SystemClock)


class OutputPlugin(Protocol):
    """What the entry point names."""

    name: str
    settings_type: type[OutputSettings]

    def open(self, settings: Any, context: Context) -> Output:
        """Return an output, without asking the far side yet.

        Raise ``Unresolved`` for a missing secret, OSError for a file that cannot be used.
        """
        ...


__all__ = [
    "Block",
    "Context",
    "Durable",
    "Halted",
    "Later",
    "Output",
    "OutputPlugin",
    "OutputSettings",
    "Refusal",
    "Verdict",
]
