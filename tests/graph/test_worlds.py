"""What is concluded of every part against every world that agrees with the readings (``worlds.py``).

Pains: E3, I6, G1.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from dcim.graph import Basis, Evidence, Node, NodeKind, Said, State, Topology, Wiring
from dcim.graph.conclude import Conclusions
from tests.examples import many

from . import phased
from .worlds import Part, Reading, known, worlds

_KINDS = ("utility", "genset", "ats", "switchboard", "ups", "pdu")
_STATES = {True: State.UP, False: State.DOWN}


def grown(rng: Random, most: int = 6) -> dict[str, Part]:
    """A random building: each part hangs on one, two or three that were there before."""
    parts: dict[str, Part] = {}
    for number in range(rng.randint(2, most)):
        kind = rng.choice(_KINDS[:2] if number == 0 else _KINDS)
        feeds = rng.sample(sorted(parts), min(len(parts), rng.choice((1, 1, 2, 2, 3))))
        if kind in _KINDS[:2]:
            feeds = []
        parts[f"n{number}"] = Part(kind, tuple(feeds), needs_all=kind == "pdu" and rng.random() < 0.2)
    return parts


def told(rng: Random, parts: Mapping[str, Part], share: float) -> dict[str, Reading]:
    """What some devices say of one possible world."""
    volts, arrives = rng.choice(list(worlds(parts)))
    found = {}
    for name, part in parts.items():
        if rng.random() < share:
            says = part.kind in ("ats", "ups")
            inputs = {at: arrives[name, at] for at in range(len(part.feeds)) if says and rng.random() < 0.4}
            found[name] = Reading(volts[name] if rng.random() < 0.7 else None, inputs)
    return found


def concluded(parts: Mapping[str, Part], said: Mapping[str, Reading]) -> Mapping[str, Evidence]:
    nodes = [
        Node(name, NodeKind(part.kind), fed_by=part.feeds, needs_all=part.needs_all)
        for name, part in parts.items()
    ]
    conclusions = Conclusions(Topology(Wiring(tuple(nodes))))
    for name, one in said.items():
        output = {} if one.output is None else {"": _STATES[one.output]}
        inputs = {at: {"": _STATES[state]} for at, state in one.inputs.items()}
        conclusions.take(name, Said(output=output, inputs=inputs))
    return conclusions.evidence


def compared(seed: int, share: float) -> tuple[set[str], set[str]]:
    """The parts of which something is concluded that is not true in every world, and those of which too little is."""
    rng = Random(seed)
    parts = grown(rng)
    said = told(rng, parts, share)
    true, found = known(parts, said), concluded(parts, said)
    assert true is not None, "it was said of a world"
    untrue = {
        name
        for name in parts
        if found[name].state is not State.UNKNOWN and _is(found[name]) is not true.get(name)
    }
    return untrue, {name for name in true if found[name].state is State.UNKNOWN}


def joins_again(parts: Mapping[str, Part]) -> bool:
    """Whether two ways into a part have something in common above."""
    return any(
        _above(parts, one) & _above(parts, other)
        for part in parts.values()
        for number, one in enumerate(part.feeds)
        for other in part.feeds[:number]
    )


def _above(parts: Mapping[str, Part], name: str) -> set[str]:
    return {name}.union(*[_above(parts, feed) for feed in parts[name].feeds])


def _is(evidence: Evidence) -> bool:
    return evidence.state is State.UP


@given(st.integers(0, 2**32), st.sampled_from([0.2, 0.5, 0.8]))
@many(60)
def test_nothing_is_concluded_that_is_not_true_in_every_world(seed: int, share: float) -> None:
    assert compared(seed, share)[0] == set()


@given(st.integers(0, 2**32), st.sampled_from([0.2, 0.5, 0.8]))
@many(60)
def test_all_that_is_true_in_every_world_is_concluded_where_no_two_ways_join_again(
    seed: int, share: float
) -> None:
    """Of a part that says only what arrives at it nothing is concluded by that: a real one says its output too."""
    rng = Random(seed)
    parts = grown(rng)
    says_less = {name for name, said in told(rng, parts, share).items() if said.inputs}
    assert joins_again(parts) or compared(seed, share)[1] <= says_less


def test_the_random_buildings_prove_by_elimination_and_some_do_not() -> None:
    """Of two hundred: parts that are known, those of which nobody knows, and ways that join again."""
    counted = {"known": 0, "open": 0, "joined": 0, "left": 0}
    for seed in range(200):
        rng = Random(seed)
        parts = grown(rng)
        said = told(rng, parts, 0.5)
        found = concluded(parts, said)
        counted["known"] += sum(one.state is not State.UNKNOWN for one in found.values())
        counted["open"] += sum(one.state is State.UNKNOWN for one in found.values())
        counted["joined"] += joins_again(parts)
        counted["left"] += any(
            found[feed].state is State.UP and found[feed].basis is Basis.BELOW and name not in said
            for name, part in parts.items()
            for feed in part.feeds
            if len(part.feeds) > 1
        )
    assert all(count >= 5 for count in counted.values()), counted


# by phase


def by_phase(seed: int) -> list[str]:
    """What is concluded of the parts of a random building by phase and is not true in every world."""
    rng = Random(seed)
    parts: dict[str, phased.Part] = {}
    for number in range(rng.randint(2, 4)):
        kind = rng.choice(_KINDS[:2]) if number == 0 else rng.choice(_KINDS)
        feeds = rng.sample(sorted(parts), min(len(parts), rng.choice((1, 1, 2))))
        declared = rng.choice(((), (), phased.THREE, ("L2",), ("L1",)))
        parts[f"n{number}"] = phased.Part(kind, () if kind in _KINDS[:2] else tuple(feeds), declared)
    truth = rng.choice(list(phased.worlds(parts, {})))
    said = {name: phased.words(*truth[name]) for name in parts if rng.random() < 0.5}
    nodes = [
        Node(name, NodeKind(part.kind), fed_by=part.feeds, phases=part.declared)
        for name, part in parts.items()
    ]
    conclusions = Conclusions(Topology(Wiring(tuple(nodes))))
    for name, one in said.items():
        whole = len(one) == 1 and rng.random() < 0.3  # a device with one phase may not name it
        conclusions.take(
            name, Said(output={"" if whole else phase: _STATES[has] for phase, has in one.items()})
        )
    return [
        f"{name}: {conclusions.evidence[name]} where {world[name]}"
        for world in phased.worlds(parts, said)
        for name, part in parts.items()
        if not _holds(conclusions.evidence[name], part, *world[name])
    ]


def _holds(evidence: Evidence, part: phased.Part, true: phased.Phases, volts: frozenset[str]) -> bool:
    """Whether what is concluded is true: of all phases where they are declared, else of any."""
    works = volts == set(true) if part.declared else bool(volts)
    if evidence.state is not State.UNKNOWN and works is not _is(evidence):
        return False
    named = part.declared
    return not named or (evidence.up - {""} <= volts and not evidence.down & volts)


@given(st.integers(0, 2**32))
@many(60)
def test_nothing_is_concluded_of_a_phase_that_is_not_true_in_every_world(seed: int) -> None:
    """Pains: I4."""
    assert by_phase(seed) == []


def test_parts_of_which_nobody_has_named_the_phase_are_not_down_with_their_board() -> None:
    """Each of these was concluded to be down, and may have voltage on another phase. Pains: I4."""
    assert [seed for seed in range(200) if by_phase(seed)] == []
