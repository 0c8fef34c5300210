"""Where ``dcim.flow`` and a truth that was played through disagree: nothing, if all is well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import inf

from dcim.flow import Flow, Load, Outcome, Stage, When
from dcim.flow.values.model import Network

from .oracle import Fact, Moment, Truth

CLOSE = 5e-5  # VA, and relative: what rounding leaves where something without end is added


def now(flow: Flow, network: Network, fact: Fact, *, exact: bool = False) -> Iterator[str]:
    """Yield every load of a truth, as things stand, that lies outside of what is said of it."""
    for name, gives in Truth(network, fact).before.items():
        yield from _outside("now", name, flow.load(name), gives, exact=exact)


def lost(
    flow: Flow, network: Network, fact: Fact, names: Sequence[str], *, exact: bool = False
) -> Iterator[str]:
    """Yield what a loss does in truth and may not do by what is said."""
    said, true = flow.lose(*names), Truth(network, fact).lose(names)
    yield from _tripped(said, true, exact=exact)
    stages = list(_ever((stage.when.value, stage.after.lo) for stage in said.stages))
    if missing := {moment.when for moment in true} - set(stages):
        yield f"{names}: nothing is said of {missing}"
    if exact and stages != list(_ever((moment.when, moment.seconds) for moment in true)):
        yield f"{names}: stages {stages}"
    for number, (stage, moment) in enumerate(_paired(said, true)):
        for problem in (*_stands(flow, stage, moment, exact=exact), *_empty(said, number, true, exact=exact)):
            yield f"{names}: {problem}"


def _ever(stages: Iterable[tuple[str, float]]) -> Iterator[str]:
    """Yield which stages come: those that never do, as nothing is taken from those batteries, as one."""
    never = False
    for when, seconds in stages:
        if not (never and seconds == inf):
            yield when
        never = seconds == inf


def _paired(said: Outcome, true: Sequence[Moment]) -> Iterator[tuple[Stage, Moment]]:
    """Yield each stage with the last moment at which no battery is empty but those that are said to be by then."""
    emptied: set[str] = set()
    engines = 0
    for stage in said.stages:
        emptied |= stage.emptied
        engines += stage.when is When.ENGINES
        starts = [at for at, one in enumerate(true) if one.when == "engines"]
        most = starts[engines] if engines < len(starts) else len(true)
        held = [one for one in true[:most] if one.empty <= emptied]
        if held[-1].giving & emptied:  # an engine starts before the last of those batteries is empty
            held = [one for one in true if one.empty <= emptied]
        yield stage, held[-1]


def _empty(said: Outcome, number: int, true: Sequence[Moment], *, exact: bool) -> Iterator[str]:
    """Yield what is wrong with the order and the times in which batteries are empty."""
    stage, before = said.stages[number], said.stages[number - 1] if number else None
    earlier = {name for one in said.stages[:number] for name in one.emptied}
    for moment, last in zip(true[1:], true[:-1], strict=True):
        for name in (moment.empty - last.empty) & stage.emptied:
            low, high = stage.after.lo * (1 - CLOSE), stage.after.hi * (1 + CLOSE)
            sure = exact or (before is not None and not before.doubtful)
            if moment.seconds < low or (sure and moment.seconds > high):
                yield f"{stage.when}: {name} empty after {moment.seconds}, said {stage.after}"
            if left := {one for one in earlier if one not in moment.empty and one in last.giving}:
                yield f"{stage.when}: {name} empty before {left}"


def _tripped(said: Outcome, true: Sequence[Moment], *, exact: bool) -> Iterator[str]:
    tripped = [name for moment in true for name in moment.trips]
    surely = [trip.element for trip in said.trips if trip.surely]
    perhaps = {trip.element for trip in said.trips}
    if not set(surely) <= set(tripped):
        yield f"{said.lost}: surely {surely}, in truth {tripped}"
    if not set(tripped) <= perhaps:
        yield f"{said.lost}: at most {perhaps}, in truth {tripped}"
    if exact and (surely != tripped or perhaps != set(tripped)):
        yield f"{said.lost}: {said.trips}, in truth {tripped} in this order"


def _stands(flow: Flow, stage: Stage, true: Moment, *, exact: bool) -> Iterator[str]:
    for name, live in true.live.items():
        if live and name in stage.dead:
            yield f"{stage.when}: {name} lives"
        waits = flow.network.elements[name].engine is not None  # an engine that nothing needs stands still
        if not live and not waits and name in stage.loads and name not in stage.dead | stage.doubtful:
            yield f"{stage.when}: {name} is dead"
    if exact and stage.doubtful:
        yield f"{stage.when}: {stage.doubtful} in doubt"
    for name, gives in true.loads.items():
        yield from _outside(
            stage.when.value, name, stage.loads.get(name) or flow.load(name), gives, exact=exact
        )


def _outside(when: str, name: str, said: Load, gives: Sequence[float], *, exact: bool) -> Iterator[str]:
    for (phase, span), true in zip(said.phases.items(), gives, strict=True):
        if not span.holds(true, CLOSE * (1.0 + true)):
            yield f"{when}: {name} {phase} gives {true}, not {span}"
        if exact and span.hi - span.lo > CLOSE * (1.0 + true):
            yield f"{when}: {name} {phase} gives {true}, {span} is wide"
    whole = sum(gives)
    if not said.total.holds(whole, CLOSE * (1.0 + whole)):
        yield f"{when}: {name} gives {whole} in all, not {said.total}"
