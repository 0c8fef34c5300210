"""Queries in InfluxQL: measurement = metric, tags = labels, field ``value``; 1.x, and 2.x through DBRP. Pure.

What is of now is looked for in the last five minutes before the end of the span, as Prometheus does: a series that
has ended is not shown for what it said last. InfluxDB has no mark for an end, so what is said once a minute while it
is so, as an open alert, is looked for in the last two: it is not shown for minutes after it is over.

What is over time has a row for every step, empty where nothing was said: a gap is one of the grid, however long its
steps are, and a panel decides which gaps it draws across.
"""

from __future__ import annotations

from typing import Final

from boards.query import LABEL_OF, Budget, Change, Coded, Gather, How, Match, Mean, Pick, Query, Said, scaled

_OF_NOW: Final = {
    said: f"time > ${{__to}}ms - {span} AND time <= ${{__to}}ms"
    for said, span in ((Said.OFTEN, "5m"), (Said.SELDOM, "1d"), (Said.WHILE_SO, "2m"))
}
_NOW: Final = _OF_NOW[Said.OFTEN]
_SPAN: Final = "$timeFilter"
_EVERY: Final = "time($__interval)"
_EACH: Final = f" GROUP BY {_EVERY}, *"
_FUNCTIONS: Final = {How.SUM: "sum", How.MIN: "min", How.MAX: "max", How.AVG: "mean", How.COUNT: "count"}


def influxql(query: Query, *, now: bool = False, column: str = "Value") -> str:
    """Return the statement of a query: of one moment with ``now``, its values in this column; else over time."""
    span, column = (_NOW, f'"{column}"') if now else (_SPAN, '"value"')
    match query:
        case Pick():
            return _pick(query, span, column, now=now, empty="null")
        case Gather(how, of, by):
            inner = _pick(of, span, '"value"', now=now)
            return (
                f'SELECT {_FUNCTIONS[how]}("value") AS {column} FROM ({inner}) WHERE {span}{_by(by, now=now)}'
            )
        case Change():
            return _change(query, column, now=now)
        case Mean(of, by):
            where = " AND ".join([*_matches(of), _SPAN])
            inner = f'SELECT mean("value") AS "value" FROM "dcim_{of.metric}" WHERE {where} GROUP BY *'
            return (
                f'SELECT max("value"){of.factor} AS {column} FROM ({inner}) WHERE {_SPAN}{_by(by, now=True)}'
            )
        case Budget():
            msg = "InfluxQL does no arithmetic over several measurements: show this panel for Prometheus only"
            raise ValueError(msg)
        case Coded(of, words, by):
            ones = ", ".join(
                f"({_last(of, now=now, more=(Match('state', (word,)),), times=code)})"
                for code, word in enumerate(words, 1)
            )
            return f'SELECT max("value") AS {column} FROM {ones} WHERE {span}{_by(by, now=now)}'


def values(pick: Pick, label: str) -> str:
    """Return the query of a variable: the values of a tag."""
    where = " AND ".join(_matches(pick))
    said = f'SHOW TAG VALUES FROM "dcim_{pick.metric}" WITH KEY = "{label}"'
    return f"{said} WHERE {where}" if where else said


def legend(labels: tuple[str, ...]) -> str:
    """Return the alias of a series by its tags."""
    return " ".join(f"$tag_{label}" for label in labels)


def _pick(pick: Pick, span: str, column: str, *, now: bool, empty: str = "none") -> str:
    if not pick.true:
        return _last(pick, now=now, column=column, empty=empty)
    inner = _last(pick, now=now)
    group = " GROUP BY *" if now else f"{_EACH} fill({empty})"
    value = '"value"' if now else 'last("value")'
    return f'SELECT {value} AS {column} FROM ({inner}) WHERE "value" = 1 AND {span}{group}'


def _last(
    pick: Pick,
    *,
    now: bool,
    more: tuple[Match, ...] = (),
    times: float = 1.0,
    column: str = '"value"',
    empty: str = "none",
) -> str:
    value = f'last("value"){scaled(pick.times * times)}'
    where = " AND ".join([*_matches(pick, *more), _OF_NOW[pick.said] if now else _SPAN])
    group = " GROUP BY *" if now else f"{_EACH} fill({empty})"
    return f'SELECT {value} AS {column} FROM "dcim_{pick.metric}" WHERE {where}{group}'


def _change(query: Change, column: str, *, now: bool) -> str:
    """Say how counters grow: a counter that begins again at 0 has not shrunk."""
    pick = query.of
    where = " AND ".join([*_matches(pick), _SPAN])
    if query.per == "range":
        steps = f'SELECT non_negative_difference("value") AS "value" FROM "dcim_{pick.metric}" WHERE {where} GROUP BY *'
        value = f'sum("value"){pick.factor}'
        return f"SELECT {value} AS {column} FROM ({steps}) WHERE {_SPAN}{_by(query.by, now=True)}"
    slope = f'SELECT non_negative_derivative(last("value"), 1s) AS "value" FROM "dcim_{pick.metric}"'
    inner = f"{slope} WHERE {where}{_EACH} fill(none)"
    value = f'sum("value"){pick.factor}'
    return f"SELECT {value} AS {column} FROM ({inner}) WHERE {_SPAN}{_by(query.by, now=False)}"


def _by(labels: tuple[str, ...], *, now: bool) -> str:
    tags = [f'"{label}"' for label in labels]
    if now:
        return f" GROUP BY {', '.join(tags)}" if tags else ""
    return f" GROUP BY {', '.join([_EVERY, *tags])} fill(null)"


def _matches(pick: Pick, *more: Match) -> list[str]:
    chosen = [f'"{LABEL_OF[place]}" =~ /^${{{place}:regex}}$/' for place in pick.places]
    return [*map(_match, (*pick.where, *more)), *chosen]


def _match(match: Match) -> str:
    sign, joint = ("!=", " AND ") if match.not_ else ("=", " OR ")
    ones = joint.join(f"\"{match.label}\" {sign} '{value}'" for value in match.values)
    return f"({ones})" if len(match.values) > 1 else ones
