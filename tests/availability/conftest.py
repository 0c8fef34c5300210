"""A ledger written by hand: facts at seconds, in a chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from dcim.availability import Evidence, Period, evidence
from dcim.ledger import Entry, append, genesis
from dcim.model.fact import Body, Fact, FactKind

SECOND = 1_000_000


@dataclass
class Story:
    """Facts of one site, told in the order in which they are written; times are seconds from 0."""

    entries: list[Entry] = field(default_factory=list)

    def tell(self, kind: FactKind, at: float, subject: str = "cas1", **body: object) -> Story:
        """Append a fact; ``from_`` and ``to_`` stand for the keys that Python reserves."""
        said: Body = {key.rstrip("_"): value for key, value in body.items()}  # type: ignore[misc]
        head = self.entries[-1].head if self.entries else genesis("cas1", "test")
        self.entries.append(append(head, Fact(kind, at, subject, said), 1))
        return self

    def start(self, at: float) -> Story:
        """Start the daemon."""
        return self.tell(FactKind.DAEMON_STARTED, at)

    def beat(self, at: float) -> Story:
        """Let the daemon say that it watches."""
        return self.tell(FactKind.HEARTBEAT, at)

    def blind(self, since: float, until: float, at: float | None = None, reason: str = "crash") -> Story:
        """Own up to a time that nobody watched."""
        when = until if at is None else at
        return self.tell(FactKind.BLIND, when, from_=since, to=until, reason=reason)

    def says(self, at: float, stands: str, subject: str = "s", held: float | None = None) -> Story:
        """State how a service stands: ``up full``, ``up reduced``, ``up``, ``down``, ``unknown``."""
        function, _, redundancy = stands.partition(" ")
        now = {"function": function, "redundancy": redundancy or "unknown"}
        before = self._before(subject)
        more = {} if held is None else {"held": held}
        return self.tell(FactKind.SERVICE_STATE, at, subject, **now, before=before, **more)

    def _before(self, subject: str) -> dict[str, str]:
        for entry in reversed(self.entries):
            if entry.kind == FactKind.SERVICE_STATE and entry.subject == subject:
                body = entry.read()
                return {key: str(body[key]) for key in ("function", "redundancy")}
            if entry.kind == FactKind.DAEMON_STARTED:
                break
        return {"function": "unknown", "redundancy": "unknown"}

    def work(
        self, start: float, end: float, announced: float, *covered: str, at: float | None = None
    ) -> Story:
        """Begin announced work over services (none named: over everything)."""
        return self.tell(
            FactKind.MAINTENANCE,
            start if at is None else at,
            "w",
            change="started",
            start=start,
            end=end,
            announced=announced,
            covered=covered,
            everything=not covered,
        )

    def moves(
        self, since: float, until: float, was: str, now: str, cause: str = "", at: float = 0, name: str = "s"
    ) -> Story:
        """Reclassify a time of a service."""
        body = {"was": was, "now": now, "cause": cause, "who": "Amina", "reason": "seen on site"}
        return self.tell(FactKind.RECLASSIFIED, at, name, from_=since, to=until, **body)

    def of(self, start: float, end: float) -> Evidence:
        """Return the evidence of a period, in seconds."""
        return evidence(self.entries, Period(round(start * SECOND), round(end * SECOND)))


@pytest.fixture
def story() -> Story:
    """Return a ledger in which the daemon started at 0."""
    return Story().start(0)


@pytest.fixture
def seconds() -> Callable[[Sequence[int]], list[float]]:
    """Return what brings microseconds to seconds."""
    return lambda several: [one / SECOND for one in several]
