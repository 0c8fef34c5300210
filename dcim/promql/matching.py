"""Whether labels are what matchers want. A regular expression is of the whole value, in RE2's words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

from dcim.model import Labels
from dcim.promql.errors import BadQuery
from dcim.promql.source import Truth
from dcim.promql.tree import Match, Matcher
from dcim.promql.vector import get


def hits(matcher: Matcher, values: Sequence[str]) -> Truth:
    """Say for each value whether it is what a matcher wants. Raise BadQuery for a bad expression."""
    found = pl.Series(values, dtype=pl.String)
    if matcher.how in (Match.EQUAL, Match.NOT_EQUAL):
        same = found == matcher.value
    else:
        try:
            same = found.str.contains(f"^(?:{matcher.value})$")
        except pl.exceptions.ComputeError:
            msg = f"invalid regular expression: {matcher}"
            raise BadQuery(msg) from None
    wanted = matcher.how in (Match.EQUAL, Match.REGEX)
    truth: Truth = same.to_numpy() == wanted
    return truth


def matching(matchers: Iterable[Matcher], series: Sequence[Labels]) -> Truth:
    """Say for each series whether all matchers want it."""
    wanted = np.ones(len(series), dtype=bool)
    for one in matchers:
        wanted &= hits(one, [get(labels, one.label) for labels in series])
    return wanted
