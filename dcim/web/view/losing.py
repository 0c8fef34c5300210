"""What pages and API may ask about losses: a seam, so that both are tested without a daemon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dcim.redundancy import Answer, Refused, Spot, Verdicts, Wish
from dcim.redundancy.compare import Comparison


class Losing(Protocol):
    """What tries losses on the load of now."""

    @property
    def on(self) -> bool:
        """Whether it does: there is something that feeds something, and nobody has turned it off."""
        ...

    @property
    def verdicts(self) -> Verdicts:
        """Return what the last look found."""
        ...

    @property
    def comparisons(self) -> Sequence[Comparison]:
        """Return what was said before something was lost against what was measured then, newest first."""
        ...

    async def ask(self, lost: Sequence[str], *, maintenance: bool = False) -> Answer | Refused:
        """Return what would be if these were lost; names are ids, or what people call a part."""
        ...

    async def place(self, wish: Wish) -> Sequence[Spot] | Refused:
        """Return where there is room for something."""
        ...

    def part(self, name: str) -> str:
        """Return the part that is meant by an id or a name, or that a device measures; empty: none."""
        ...

    def name(self, part: str) -> str:
        """Return what people call a part."""
        ...

    def nearest(self, name: str) -> Sequence[str]:
        """Return parts that are called nearly so."""
        ...
