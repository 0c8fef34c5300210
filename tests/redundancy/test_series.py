"""Verdicts as points: on whose asset, under which labels, and what becomes of doubts that are over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from dcim.flow import Doubt, Finding, Interval
from dcim.graph import Node, NodeKind, Topology, Wiring
from dcim.model import Batch, Layout
from dcim.redundancy import Headroom, ServiceVerdict, Survival, Verdicts
from dcim.redundancy.columns import AGAIN
from dcim.redundancy.series import (
    AMPERES,
    BY,
    DOUBT,
    LEAST,
    MOST,
    RATIO,
    SURVIVES,
    UNEXPLAINED,
    Publisher,
    homes,
)  # fmt: skip


def headroom(after: Interval, lost: str = "ups-a", part: str = "p", phase: str = "L2") -> Headroom:
    return Headroom(part, phase, "A", 16.0, 0.8, 1.0, Interval(0.5, 0.6), after, lost)


def told(publisher: Publisher, verdicts: Verdicts) -> dict[tuple[str, str, str], float | str | None]:
    found: dict[tuple[str, str, str], float | str | None] = {}
    for batch in publisher.batches(verdicts):
        for slot in range(len(batch.layout)):
            one = batch.reading(slot)
            where = " ".join(value for _, value in one.point.labels)
            found[one.point.asset, one.point.metric, where] = (
                one.state if one.state is not None else one.value
            )
    return found


def test_what_is_left_is_told_by_phase_with_the_worst_loss_by_its_name() -> None:
    """Pains: I1, I4."""
    publisher = Publisher(lambda part: part, {"ups-a": "Onduleur A"}.__getitem__)
    found = told(publisher, Verdicts(1.0, (headroom(Interval(1.07, 1.12)),)))
    assert found["p", MOST, "p L2"] == 1.12
    assert found["p", LEAST, "p L2"] == 1.07
    assert round(float(str(found["p", RATIO, "p L2"])), 9) == -0.12
    assert round(float(str(found["p", AMPERES, "p L2"])), 9) == -1.92
    assert found["p", BY, "p L2"] == "Onduleur A"


def test_what_nobody_knows_is_a_gap_and_points_stay_the_same_whatever_is_the_worst() -> None:
    publisher = Publisher(lambda part: part, str)
    before = next(publisher.batches(Verdicts(1.0, (headroom(Interval(0.6, inf)),))))
    assert len(before.gaps) == 4
    same = next(publisher.batches(Verdicts(2.0, (headroom(Interval(0.6, 0.7)),))))
    other = next(publisher.batches(Verdicts(3.0, (headroom(Interval(0.6, 0.7), "ups-b"),))))
    assert same.layout is before.layout
    assert other.layout is not before.layout
    assert other.layout.points == before.layout.points


def test_while_it_is_open_whether_a_limit_would_be_passed_the_least_is_a_gap() -> None:
    """A look that knows less than the one before neither raises nor clears. Pains: F1."""
    publisher = Publisher(lambda part: part, str)
    for after, value in (
        ((0.5, 0.7), 0.5),
        ((0.85, 0.95), 0.85),
        ((1.1, 1.3), 1.1),
        ((0.9, 1.1), None),  # it would open, when that was last known
        ((0.7, 0.9), None),
        ((0.0, 1.2), None),
    ):
        assert told(publisher, Verdicts(1.0, (headroom(Interval(*after)),)))["p", LEAST, "p L2"] == value


def test_what_surely_passes_its_warning_is_told_also_where_it_is_open_whether_it_opens() -> None:
    """At 93 to 107 % no alert came at all: neither that it is much nor that it is too much. Pains: I1, F1."""
    publisher = Publisher(lambda part: part, str)
    for after, value in (
        ((0.93, 1.07), 0.93),
        ((1.01, 1.1), 1.01),
        ((0.93, 1.07), None),
        ((0.93, 0.99), 0.93),
    ):
        for _ in range(2):  # told anew, and in the columns of the look before
            assert told(publisher, Verdicts(1.0, (headroom(Interval(*after)),)))["p", LEAST, "p L2"] == value


def test_what_is_left_of_a_rating_is_no_number_while_nobody_knows_the_load() -> None:
    """What nobody measures may be anything: that is no headroom of minus eleven hundred per cent. Pains: I3."""
    publisher = Publisher(lambda part: part, str)
    for after, left in (
        ((0.1, 0.5), 0.5),  # nobody knows, but so much is left whatever it is
        ((1.07, 1.12), -0.12),
        ((0.3, 12.0), None),
        ((1.1, 12.0), None),
    ):
        found = told(publisher, Verdicts(1.0, (headroom(Interval(*after)),)))
        ratio, amperes = found["p", RATIO, "p L2"], found["p", AMPERES, "p L2"]
        if left is None:
            assert ratio is amperes is None
            assert found["p", MOST, "p L2"] is None  # nor is a load of 1,200 %, as after a stop of the daemon
        else:
            assert found["p", MOST, "p L2"] == after[1]
            assert (round(float(str(ratio)), 9), round(float(str(amperes)), 9)) == (left, round(16 * left, 9))


def test_what_is_overloaded_as_it_is_tells_nothing_of_losses() -> None:
    """So that no warning says that a loss would do what has come already. Pains: I1."""
    publisher = Publisher(lambda part: part, str)
    for now, value in ((Interval(0.96, 0.99), 1.27), (Interval(1.27, 1.33), None)):
        one = replace(headroom(Interval(1.27, 1.33)), now=now)
        assert told(publisher, Verdicts(1.0, (one,)))["p", LEAST, "p L2"] == value


def test_a_part_without_a_device_is_told_of_by_its_meter_or_by_the_daemon() -> None:
    nodes = (
        Node("board", NodeKind.SWITCHBOARD),
        Node("m", NodeKind.METER, measures="board", polled=True),
        Node("p", NodeKind.PDU, polled=True),
    )
    home = homes(Topology(Wiring(nodes)), "_dcim")
    assert [home("board"), home("p"), home("nobody")] == ["m", "p", "_dcim"]


def test_a_doubt_that_is_over_is_told_as_agreeing() -> None:
    """So that its alert ends. Pains: I3."""
    publisher = Publisher(lambda part: part, str)
    wide = Interval(1800.0, 1900.0)
    doubt = Finding("board", "L1", Doubt.MORE, wide, wide, wide)
    found = told(publisher, Verdicts(1.0, findings=(doubt,)))
    assert (found["board", DOUBT, "board L1"], found["board", UNEXPLAINED, "board L1"]) == ("more", 1800.0)
    found = told(publisher, Verdicts(2.0))
    assert (found["board", DOUBT, "board L1"], found["board", UNEXPLAINED, "board L1"]) == ("agrees", 0.0)


def test_services_say_whether_they_survive() -> None:
    publisher = Publisher(lambda part: part, str)
    services = {
        "power/r1": ServiceVerdict(Survival.FALLS, "ups-a"),
        "power/r2": ServiceVerdict(Survival.SURVIVES),
    }
    found = told(publisher, Verdicts(1.0, services=services))
    assert (found["power/r1", SURVIVES, ""], found["power/r2", SURVIVES, ""]) == ("falls", "survives")


def test_a_link_of_a_chain_that_is_shown_nowhere_has_no_series() -> None:
    """Databases would count it among the services that people know. Pains: I1."""
    publisher = Publisher(lambda part: part, str, {"power/r1"})
    services = dict.fromkeys(("power/r1", "power/r1/feeds"), ServiceVerdict(Survival.FALLS, "ups-a"))
    assert [batch.layout.asset for batch in publisher.batches(Verdicts(1.0, services=services))] == [
        "power/r1"
    ]


@st.composite
def looks(draw: st.DrawFn) -> list[Verdicts]:
    """Looks one after the other: mostly the same parts by the same loss, of which only numbers move."""
    parts = draw(st.lists(st.tuples(st.sampled_from("pqr"), st.sampled_from(["", "L1", "L2"])), unique=True))
    units = [draw(st.sampled_from(["A", "VA", "W"])) for _ in parts]
    said = draw(st.dictionaries(st.sampled_from("abp"), st.sampled_from(Survival)))
    wide = Interval(1800.0, 1900.0)
    doubt = Finding("p", "L1", Doubt.MORE, wide, wide, wide)
    found = []
    for turn in range(draw(st.integers(1, 5))):
        if draw(st.integers(0, 5)) == 0:
            said = {**said, "b": draw(st.sampled_from(Survival))}
        lost = "" if draw(st.integers(0, 3)) else draw(st.sampled_from("xy"))
        rows = []
        for (part, phase), unit in zip(parts, units, strict=True):
            now, after = (Interval(*sorted(draw(st.tuples(SHARE, SHARE)))) for _ in range(2))
            trip, warn = draw(st.sampled_from([None, 1.0, 1.2])), draw(st.sampled_from([0.8, 0.7]))
            limit = draw(st.sampled_from([16.0, 32.0]))
            rows.append(Headroom(part, phase, unit, limit, warn, trip, now, after, lost))
        doubts = (doubt,) if draw(st.integers(0, 9)) == 0 else ()
        services = {name: ServiceVerdict(one) for name, one in said.items()}
        found.append(Verdicts(13.0 * turn, tuple(rows), services, findings=doubts))
    return found


SHARE = st.sampled_from([0.0, 0.7, 0.8, 1.0, 1.2, inf]) | st.floats(0.0, 2.0)


class _Anew(Publisher):
    """Tells every look as if it were told for the first time, points and layouts apart."""

    def batches(self, verdicts: Verdicts) -> Iterator[Batch]:
        self._columns = None
        return super().batches(verdicts)


@given(looks())
def test_a_look_of_which_only_numbers_moved_is_told_as_any_other(found: list[Verdicts]) -> None:
    """But for words that were told in the last half minute and are the same."""
    quick, slow = (kind(lambda part: part, str, {"a", "b"}) for kind in (Publisher, _Anew))
    mine: dict[Layout, int] = {}
    theirs: dict[Layout, int] = {}
    last: dict[str, Batch] = {}
    for verdicts in found:
        told = {one.layout.asset: one for one in quick.batches(verdicts)}
        due = {one.layout.asset: one for one in slow.batches(verdicts)}
        assert told.keys() <= due.keys()
        for asset, one in due.items():
            if asset not in told:
                assert {point.metric for point in one.layout.points} <= {SURVIVES, BY}
                assert last[asset].values == one.values
                assert one.at - last[asset].at < AGAIN
                continue
            assert plain(told[asset], mine) == plain(one, theirs)
            last[asset] = told[asset]


def test_words_that_stay_are_told_again_after_half_a_minute() -> None:
    publisher = Publisher(lambda part: part, str)
    services = {"power/r1": ServiceVerdict(Survival.SURVIVES)}
    told = [
        second for second in range(0, 90, 10) if [*publisher.batches(Verdicts(second, services=services))]
    ]
    assert told == [0, 10, 40, 70]
    services = {"power/r1": ServiceVerdict(Survival.FALLS, "ups-a")}
    assert [*publisher.batches(Verdicts(80.0, services=services))]


def plain(batch: Batch, layouts: dict[Layout, int]) -> object:
    """A batch as values that compare; layouts by the turn in which they come."""
    layout = batch.layout
    number = layouts.setdefault(layout, len(layouts))
    return (
        number,
        layout.asset,
        layout.points,
        layout.states,
        batch.at,
        batch.values.tobytes(),
        dict(batch.gaps),
    )
