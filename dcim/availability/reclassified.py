"""What people said later of a time: appended, named, with a reason; what was seen stays as it was. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from dcim.availability.category import CATEGORIES, Category, Microseconds, Period
from dcim.availability.knowledge import micros
from dcim.contracts import Contract
from dcim.ledger import Entry
from dcim.model import DcimError
from dcim.model.fact import Body, FactKind
from dcim.yaml import unknown


class Reclassified(NamedTuple):
    """From ``start`` to just before ``end`` what was in one category is in another: who says so, and why.

    ``cause`` is what a contract lists under force majeure.
    """

    sequence: int
    at: Microseconds
    subject: str
    start: Microseconds
    end: Microseconds
    was: Category
    now: Category
    who: str
    reason: str
    cause: str = ""

    @property
    def span(self) -> Period:
        """Return the time that it is about."""
        return Period(self.start, self.end)

    def body(self) -> Body:
        """Return it as the body of a fact."""
        return {
            "from": self.start / 1e6,
            "to": self.end / 1e6,
            "was": self.was.word,
            "now": self.now.word,
            "who": self.who,
            "reason": self.reason,
            "cause": self.cause,
        }

    def holds_under(self, contract: Contract) -> bool:
        """Whether a contract takes it: force majeure only for what it lists, if it lists anything."""
        listed = not contract.causes or self.cause in contract.causes
        return self.now is not Category.FORCE_MAJEURE or listed


class NotReclassified(DcimError):
    """What somebody says of a time makes no sense; the text says why."""


def check(said: Reclassified, services: Iterable[str]) -> None:
    """Refuse what makes no sense of a time; ``services`` are those that there are or were."""
    known = set(services)
    if why := unknown("service", said.subject, known) if said.subject not in known else _fault(said):
        raise NotReclassified(why)


def _fault(said: Reclassified) -> str:
    """Say what is wrong, or nothing."""
    if said.start >= said.end:
        return "it ends before it begins"
    if said.end > said.at:
        return "it is not over yet: only what was can have been something else"
    if said.was is said.now:
        return f"it is {said.now.word} already"
    if not said.who.strip() or not said.reason.strip():
        return "say who you are and why"
    if (said.now is Category.FORCE_MAJEURE) != bool(said.cause):
        return "force majeure has a cause, and nothing else has one"
    return ""


def reclassified(entries: Iterable[Entry], subject: str = "") -> tuple[Reclassified, ...]:
    """Return what facts say of a subject (empty: of any), in the order of their sequences."""
    return tuple(
        _read(entry, json.loads(entry.body))
        for entry in entries
        if entry.kind == FactKind.RECLASSIFIED and subject in ("", entry.subject)
    )


def _read(entry: Entry, body: Mapping[str, Any]) -> Reclassified:
    return Reclassified(
        sequence=entry.sequence,
        at=entry.at,
        subject=entry.subject,
        start=micros(body["from"]),
        end=micros(body["to"]),
        was=CATEGORIES[body["was"]],
        now=CATEGORIES[body["now"]],
        who=str(body["who"]),
        reason=str(body["reason"]),
        cause=str(body.get("cause", "")),
    )
