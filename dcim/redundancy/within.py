"""The engine within this process, for whoever has a clock of its own and nothing to delay: replays."""

from __future__ import annotations

from typing import Protocol

from dcim.redundancy.engine import Engine
from dcim.redundancy.message import Built, Message, Reply


class Asks(Protocol):
    """What answers for a site: a child process, or this one."""

    async def ask(self, message: Message) -> Reply:
        """Return what follows from a message. Raise ChildFailed where nobody answers."""
        ...

    async def aclose(self) -> None:
        """Ask no more."""
        ...


class Within:
    """Answers at once; a look takes no time by its word, so that its outcome is the same everywhere."""

    def __init__(self, built: Built) -> None:
        self._engine = Engine(built, cpu=lambda: 0.0)

    async def ask(self, message: Message) -> Reply:
        """Return what the engine answers, without waiting."""
        return self._engine.take(message)

    async def aclose(self) -> None:
        """Nothing is open."""
