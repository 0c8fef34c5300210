"""A part with several limits: what any of them says of a loss is told, each limit by its own share.

By hand: 45 kVA on a UPS of 3 x 20 kVA is 75 % of it and, with one module lost, 45/40 = 112.5 %. A UPS of 21
kVA bears 7 kVA a phase: 20 A on L1 of 230 V and as much again are 9.2 kVA, 131 % of the phase and 44 % of all.
"""

from __future__ import annotations

from array import array
from math import isclose

import pytest

from dcim.flow import Facts, Interval, Terms, network_of
from dcim.graph import Node, NodeKind, Rating, Topology, Wiring
from dcim.redundancy import Answer, Book, Built, Headroom, Question, Spot, Values, Verdicts, Wish
from dcim.redundancy.engine import Engine
from dcim.redundancy.seen import Slot
from dcim.redundancy.series import LEAST, RATIO, Publisher

PHASES = ("L1", "L2", "L3")
_PLAIN = Facts()


def two_ups(rating: Rating) -> Wiring:
    """Return two UPS of one rating, a mains each, that feed one rack."""
    nodes = []
    for side in ("a", "b"):
        nodes += [
            Node(f"mains-{side}", NodeKind.UTILITY),
            Node(f"ups-{side}", NodeKind.UPS, fed_by=(f"mains-{side}",), rating=rating, polled=True),
            Node(f"pdu-{side}", NodeKind.PDU, fed_by=(f"ups-{side}",), rating=Rating(200.0), feed=side),
        ]
    nodes.append(Node("rack/r", NodeKind.RACK, fed_by=("pdu-a", "pdu-b"), rack="r"))
    return Wiring(tuple(nodes))


def looked(
    wiring: Wiring, amperes: tuple[float, float, float], facts: Facts = _PLAIN
) -> tuple[Engine, dict[tuple[str, str, str], Headroom], Verdicts]:
    """Return what a look at these amperes of each UPS finds, by part, phase and unit."""
    topology = Topology(wiring)
    terms = Terms(facts=dict.fromkeys(("ups-a", "ups-b"), facts))
    engine = Engine(Built(network_of(topology, terms), wiring, tolerance=0.0))
    told_by = [name for name in ("ups-a", "ups-b") if name in topology.nodes]
    book = [Slot(name, name, "output", "amperes", one) for name in told_by for one in PHASES]
    engine.take(Book(tuple(book)))
    verdicts = engine.take(Values(0.0, array("d", amperes * len(told_by))))
    assert isinstance(verdicts, Verdicts)
    return engine, {(one.part, one.phase, one.unit): one for one in verdicts.headroom}, verdicts


def told(verdicts: Verdicts) -> dict[tuple[str, str, str], float | None]:
    """Return every number that is told, by part, metric and phase."""
    found: dict[tuple[str, str, str], float | None] = {}
    for batch in Publisher(lambda part: part, str).batches(verdicts):
        for slot, point in enumerate(batch.layout.points):
            phase = dict(point.labels).get("phase", "")
            found[point.asset, point.metric, phase] = None if slot in batch.gaps else batch.values[slot]
    return found


def about(span: Interval, share: float) -> bool:
    """Whether a share lies in a span that is no wider than what meters round."""
    return span.lo <= share <= span.hi and span.hi - span.lo < 0.03


def test_a_module_without_which_a_ups_is_overloaded_leaves_less_than_nothing() -> None:
    """It opened in the answer, and the series said that a quarter was left: no alert came. Pains: I1, I2."""
    nodes = (
        Node("mains", NodeKind.UTILITY),
        Node("ups-a", NodeKind.UPS, fed_by=("mains",), rating=Rating(voltamperes=60000.0), polled=True),
        Node("rack/r", NodeKind.RACK, fed_by=("ups-a",), rack="r"),
    )
    _, rows, verdicts = looked(Wiring(nodes), (15000.0 / 230.0,) * 3, Facts(modules=3))
    row = rows["ups-a", "L1", "VA"]
    assert about(row.now, 0.75)
    assert about(row.after, 1.125)
    assert row.lost == "ups-a:module"
    left, least = (told(verdicts)["ups-a", what, "L1"] for what in (RATIO, LEAST))
    assert left is not None
    assert least is not None
    assert left < -0.12 < 1.12 < least


def test_a_phase_of_a_ups_that_a_loss_overloads_is_told_though_all_phases_together_have_room() -> None:
    """Pains: I1, I4."""
    _, rows, verdicts = looked(two_ups(Rating(voltamperes=21000.0)), (20.0, 0.2, 0.2))
    assert about(rows["ups-b", "L1", "VA"].now, 4600.0 / 7000.0)
    assert about(rows["ups-b", "L1", "VA"].after, 9200.0 / 7000.0)
    assert rows["ups-b", "L1", "VA"].lost
    assert rows["ups-b", "", "VA"].after.hi < 0.5
    numbers = told(verdicts)
    least, whole = numbers["ups-b", LEAST, "L1"], numbers["ups-b", LEAST, "all"]
    assert least is not None
    assert whole is not None
    assert least > 1.25
    assert whole < 0.5


def test_two_limits_of_one_phase_are_one_point_with_the_worse_share() -> None:
    """*rating: [20 kVA, 12 kW]* ended the daemon at its first look. Pains: I1."""
    _, rows, verdicts = looked(two_ups(Rating(voltamperes=20000.0, watts=12000.0)), (5.0, 5.0, 5.0))
    numbers = told(verdicts)
    most = rows["ups-a", "", "W"].after
    assert most.hi > rows["ups-a", "", "VA"].after.hi
    least = numbers["ups-a", LEAST, "all"]
    assert least is not None
    assert isclose(least, most.lo)
    _, rows, verdicts = looked(two_ups(Rating(amperes=40.0, voltamperes=21000.0)), (12.0, 12.0, 12.0))
    number = told(verdicts)["ups-a", LEAST, "L1"]
    assert number == rows["ups-a", "L1", "VA"].after.lo > rows["ups-a", "L1", "A"].after.lo


@pytest.mark.parametrize(("watts", "fits"), [(300.0, True), (2000.0, False)])
def test_a_load_on_one_phase_is_held_against_the_rating_of_that_phase(watts: float, fits: bool) -> None:
    """By hand: 7 kVA a phase bear 80 %: 5.6 kVA. 2 x 10 A are 4.6 kVA: 300 W fit, 2 kW do not. Pains: I1."""
    engine, _, _ = looked(two_ups(Rating(voltamperes=21000.0)), (10.0, 10.0, 10.0))
    spots = engine.take(Wish(watts, phase="L1"))
    assert isinstance(spots, tuple)
    (spot,) = spots
    assert isinstance(spot, Spot)
    assert spot.fits is fits, spot


def test_room_counts_what_floor_pdus_take_over_also_where_that_passes_no_limit() -> None:
    """By hand: 12 A on each of two breakers of 32 A are 24 A when one is lost, 75 %; with 2 kW more 104 %, and it opens.

    It was said to fit with 68 %. Pains: I1, I2.
    """
    nodes = []
    for side in ("a", "b"):
        nodes += [
            Node(f"mains-{side}", NodeKind.UTILITY),
            Node(f"floor-{side}", NodeKind.FLOOR_PDU, fed_by=(f"mains-{side}",), rating=Rating(32.0)),
            Node(
                f"ups-{side}",
                NodeKind.PDU,
                fed_by=(f"floor-{side}",),
                rating=Rating(63.0),
                feed=side,
                polled=True,
            ),
        ]
    nodes.append(Node("rack/r", NodeKind.RACK, fed_by=("ups-a", "ups-b"), rack="r"))
    engine, rows, verdicts = looked(Wiring(tuple(nodes)), (12.0, 12.0, 12.0))
    assert about(rows["floor-b", "L1", "A"].after, 0.75)
    left = told(verdicts)["floor-b", RATIO, "L1"]
    assert left is not None
    assert 0.24 < left < 0.26
    spots = engine.take(Wish(2000.0, phase="L1"))
    assert isinstance(spots, tuple)
    assert [spot.fits for spot in spots] == [False]


@pytest.mark.parametrize("rating", [Rating(), Rating(voltamperes=21000.0)])
def test_what_takes_over_without_a_rating_is_named(rating: Rating) -> None:
    """Whether it opens is not known; what is rated is judged. Pains: I1, I3."""
    engine, _, _ = looked(two_ups(rating), (5.0, 5.0, 5.0))
    answer = engine.take(Question(("mains-a", "ups-a")))
    assert isinstance(answer, Answer)
    assert answer.unrated == (() if rating else ("ups-b",))


def test_there_is_no_room_on_another_phase_of_what_opens_after_a_loss() -> None:
    """By hand: L1 goes to 131 % and opens L2 with it: what is put there is dark after the first loss. Pains: I1, I2."""
    engine, _, _ = looked(two_ups(Rating(voltamperes=21000.0)), (20.0, 0.2, 0.2))
    spots = engine.take(Wish(300.0, phase="L2"))
    assert isinstance(spots, tuple)
    assert [(spot.fits, spot.part_phase, spot.share > 1.25) for spot in spots] == [(False, "L1", True)]
