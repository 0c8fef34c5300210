"""Queries in PromQL. Pure."""

from __future__ import annotations

from boards.query import LABEL_OF, Budget, Change, Coded, Gather, Match, Mean, Pick, Query


def promql(query: Query, *, now: bool = False) -> str:
    """Return the expression of a query; ``now``: for one moment, so that a change is that of the whole span."""
    match query:
        case Pick():
            return _pick(query)
        case Gather(how, of, by):
            return f"{how}{_by(by)} ({_pick(of)})"
        case Change(of, per, by):
            function, span = ("increase", "$__range") if per == "range" else ("rate", "$__rate_interval")
            return f"sum{_by(by)} ({function}({_selector(of)}[{span}])){_times(of)}"
        case Mean(of, by):
            return f"max{_by(by)} (avg_over_time({_selector(of)}[$__range])){_times(of)}"
        case Budget(places):
            return _budget(places)
        case Coded(of, words, by):
            ones = [
                f"{_selector(of, Match('state', (word,)))} * {code}" for code, word in enumerate(words, 1)
            ]
            return f"max{_by(by)} ({' or '.join(ones)})"


def values(pick: Pick, label: str) -> str:
    """Return the query of a variable: the values of a label."""
    return f"label_values({_selector(pick)}, {label})"


def legend(labels: tuple[str, ...]) -> str:
    """Return the name of a series by its labels."""
    return " ".join(f"{{{{{label}}}}}" for label in labels)


def _budget(places: tuple[str, ...]) -> str:
    """Say 1 - (broken / seen) / (1 - target), by contract."""
    time = Pick("contract_time_seconds_total", places=places)
    broken = _selector(time, Match("outcome", ("broken",)))
    seen = _selector(time, Match("outcome", ("kept", "broken")))
    target = _selector(Pick("contract_target_ratio", places=places))
    by = "by (site, contract)"
    lost = f"sum {by} (increase({broken}[$__range])) / sum {by} (increase({seen}[$__range]))"
    return f"1 - ({lost}) / (1 - max {by} ({target}))"


def _by(labels: tuple[str, ...]) -> str:
    return f" by ({', '.join(labels)})" if labels else ""


def _times(pick: Pick) -> str:
    return pick.factor


def _pick(pick: Pick) -> str:
    said = _selector(pick) + (" == 1" if pick.true else "")
    return said + _times(pick)


def _selector(pick: Pick, *more: Match) -> str:
    chosen = [f'{LABEL_OF[place]}=~"${place}"' for place in pick.places]
    matches = [*map(_match, (*pick.where, *more)), *chosen]
    return f"dcim_{pick.metric}{{{', '.join(matches)}}}" if matches else f"dcim_{pick.metric}"


def _match(match: Match) -> str:
    if len(match.values) == 1:
        return f'{match.label}{"!=" if match.not_ else "="}"{match.values[0]}"'
    return f'{match.label}{"!~" if match.not_ else "=~"}"{"|".join(match.values)}"'
