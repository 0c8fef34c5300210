"""What facts say of many subjects, read in one go. Pure.

page ─▶ statements ┐
page ─▶ statements ┼─▶ one table ─▶ by subject     the texts of a page are let go before the next
page ─▶ statements ┘
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from dcim.availability.category import Microseconds
from dcim.availability.columns import Ints
from dcim.availability.statement import Statements, read_statements
from dcim.late import np

Page: TypeAlias = Sequence[tuple[int, Microseconds, str, str]]
"""Rows of facts of one kind: sequence, at, body, subject."""


def by_subject(
    kind: str, pages: Iterable[Page], earlier: Callable[[Collection[str]], Page]
) -> Mapping[str, Statements]:
    """Return the statements of each subject, of facts of a kind in the order of their sequences.

    ``earlier``: what was said of subjects before the first page, asked once for all of them.
    """
    numbers: dict[str, int] = {}
    parts, whose = [Statements.of(())], [np.zeros(0, np.int64)]
    for page in pages:
        parts.append(read_statements(kind, page))
        whose.append(_whose(page, numbers))
    before = earlier(list(numbers))
    parts[0], whose[0] = read_statements(kind, before), _whose(before, numbers)
    order, ends = _places(np.concatenate(whose), len(numbers))
    table = following(*parts)
    columns = [one[order] for one in table.columns]
    spans = dict(zip(numbers, pairwise(ends), strict=True))
    return {name: Statements(*(one[low:high] for one in columns)) for name, (low, high) in spans.items()}


def _whose(page: Page, numbers: dict[str, int]) -> Ints:
    """Return of each row the number of its subject; a subject that has none gets the next."""
    return np.array([numbers.setdefault(row[3], len(numbers)) for row in page], np.int64)


def _places(whose: Ints, number: int) -> tuple[Ints, list[int]]:
    """Return the rows by subject, each subject's in their order, and where each subject's begin and end."""
    order = np.argsort(whose, kind="stable")
    return order, np.searchsorted(whose[order], np.arange(number + 1)).tolist()


def following(*parts: Statements) -> Statements:
    """Return statements one after the other."""
    return Statements(*map(np.concatenate, zip(*(one.columns for one in parts), strict=True)))
