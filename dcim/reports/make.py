"""A report from a state directory: read, composed, written in the forms that are wanted."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from dcim.alerts import Language
from dcim.ledger.life import SEEN
from dcim.people import People
from dcim.record import dataclass, field, replace
from dcim.reports.frame import make
from dcim.reports.matter import Matter
from dcim.reports.model import Document, Microseconds, Period
from dcim.reports.opened import Opened, opened
from dcim.reports.render import Form, render
from dcim.reports.replayed import said_of
from dcim.reports.site import Described
from dcim.reports.wish import Wish
from dcim.words import words

_YOUNG: Final = 200_000
"""Objects between two looks for garbage: rows and slices are no cycles, and a year has millions of them."""


def seldom_collected() -> None:
    """Look for garbage seldom: what a process does that makes a report and ends."""
    gc.set_threshold(_YOUNG, 20, 100)


def in_small_pages() -> None:
    """Let numpy take memory as it comes: what a process does before it makes one report.

    It asks for pages of 2 MB else, each of which is cleared: a year's columns come and go by the hundred.
    """
    os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")  # numpy looks once, when it is imported


def quiet(_word: str) -> None:
    """Tell nobody how far a report is."""


@dataclass(frozen=True, slots=True)
class Made:
    """A report and its bytes by file name: ``report.fr.pdf``, ``claim.json``."""

    document: Document
    files: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))


def matter_of(
    state: Opened,
    wish: Wish,
    now: Microseconds,
    site: Described | None = None,
    step: Callable[[str], None] = quiet,
) -> Matter:
    """Return what a report is made from; ``site`` where the caller knows it better than the ledger does."""
    found = site or state.described(now)
    span = wish.of(found.zone, now) if wish.period or wish.since else _usual(state, wish, found.zone, now)
    if site is None:
        found = state.described(span.until, found)
    matter = Matter(
        wish.kind,
        wish.whose(),
        span,
        found,
        state.record,
        now,
        state.contracts(found),
        state.state,
        step,
        People(state.record.people(), words(found.language)("people.erased")),
    )
    matter.within()  # refuses a name that the site does not have, whatever the kind makes of it
    return matter


def _usual(state: Opened, wish: Wish, zone: str, now: Microseconds) -> Period:
    """Return the last month; of a ledger that is younger, all of its time up to when it was last watched.

    So of a replay, whose time is that of its recording: the last month is none of it.
    A report that was read or a message delivered since then says nothing of how the site stood.
    """
    last = wish.of(zone, now)
    first, head = state.record.facts(0, (), 1), state.record.head()
    if not first or head is None or (first[0].at < last.until and not said_of(state.record)):
        return last
    watched = state.record.facts_about(SEEN, limit=1) or state.record.facts(head.sequence - 1, (), 1)
    newest = watched[-1]
    return Period(first[0].at, max(first[0].at, min(newest.at, now)) + 1, zone)


def compose(
    matter: Matter, software: str, *, number: int = 1, supersedes: str = "", issued: bool = False
) -> Document:
    """Return the report of a matter as so many-th version of itself."""
    document = make(matter, software)
    face = replace(document.face, number=number, supersedes=supersedes, issued=issued)
    return replace(document, face=face)


def written(document: Document, wish: Wish, language: Language, step: Callable[[str], None] = quiet) -> Made:
    """Return a report in the forms that are wanted; JSON, which is in no language, once."""
    files: dict[str, bytes] = {}
    for form in wish.forms:
        for each in wish.languages or (language,):
            name = "report.json" if form is Form.JSON else f"report.{each}.{form}"
            if name not in files:
                step(f"writing {name}")
                files[name] = render(document, form, each)
    return Made(document, files)


def from_directory(
    directory: Path, wish: Wish, now: Microseconds, software: str, step: Callable[[str], None] = quiet
) -> Made:
    """Return a report read from a state directory, whether its daemon runs or not: none is issued."""
    with opened(directory) as state:
        matter = matter_of(state, wish, now, step=step)
        document = compose(matter, software)
        return written(document, wish, matter.site.language, step)
