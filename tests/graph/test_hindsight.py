"""What was told of a service is taken back when a part of it turns out not to have been seen. Pains: G1, G4."""

from __future__ import annotations

from types import MappingProxyType

from dcim.graph import (
    NOTHING,
    Doubt,
    Hindsight,
    Node,
    NodeKind,
    Redundancy,
    Said,
    Service,
    ServiceKind,
    Services,
    State,
    Topology,
    Wiring,
)

PARTS = ("a", "b", "c", "d")


class Site:
    """Two racks of two cords each, and a tenant who needs both; ``say`` is one poll."""

    def __init__(self) -> None:
        nodes = tuple(Node(name, NodeKind.PDU, polled=True) for name in PARTS)
        services = (
            Service("r1", ServiceKind.POWER, 1, ("a", "b")),
            Service("r2", ServiceKind.POWER, 1, ("c", "d")),
            Service("tenant", ServiceKind.TENANT, 2, ("r1", "r2")),
        )
        self.services = Services(Topology(Wiring(nodes, services)))
        self.hindsight = Hindsight(self.services)
        for name in PARTS:
            self.say(name, "up", 1.0, 1.0)

    def say(self, name: str, state: str, now: float, held: float) -> list[Doubt]:
        said = Said(output=MappingProxyType({"": State(state)})) if state != "unknown" else NOTHING
        parts, changes = self.services.taken(name, said)
        return self.hindsight.take(parts, changes, now, held)

    def standing(self, name: str) -> tuple[State, Redundancy]:
        one = self.services.standing[name]
        return one.function, one.redundancy


def test_a_part_that_was_not_seen_before_another_was_lost_puts_what_was_told_in_doubt() -> None:
    """The tenant is told to be down because of rack 2; rack 1 may have been without power long before."""
    site = Site()
    assert site.say("c", "down", 120.0, 60.0) == []
    assert site.say("d", "down", 130.0, 70.0) == []
    assert site.standing("tenant") == (State.DOWN, Redundancy.REDUCED)
    assert site.say("a", "unknown", 150.0, 20.0) == [Doubt("tenant", 20.0, 120.0, function=False)]
    assert site.say("b", "unknown", 200.0, 30.0) == [Doubt("tenant", 30.0, 130.0, function=True)]
    assert site.standing("r1") == (State.UNKNOWN, Redundancy.UNKNOWN)


def test_what_the_change_of_a_service_says_itself_is_not_said_twice() -> None:
    site = Site()
    assert site.say("a", "down", 60.0, 5.0) == []
    assert site.say("b", "unknown", 70.0, 65.0) == []
    assert site.standing("tenant") == (State.UNKNOWN, Redundancy.REDUCED)
    assert site.say("a", "up", 75.0, 62.0) == [], "whoever was unknown is told otherwise now, from then on"


def test_a_reserve_that_came_back_while_the_other_was_not_seen_any_more_may_have_come_too_late() -> None:
    site = Site()
    site.say("a", "down", 10.0, 9.0)
    site.say("a", "up", 100.0, 95.0)
    assert site.standing("r1") == (State.UP, Redundancy.FULL)
    found = site.say("b", "unknown", 150.0, 40.0)
    assert Doubt("r1", 40.0, 100.0, function=True) in found
    assert Doubt("tenant", 40.0, 100.0, function=True) in found


def test_the_same_doubt_is_said_once() -> None:
    site = Site()
    site.say("c", "down", 100.0, 99.0)
    assert site.say("a", "down", 130.0, 50.0) == [Doubt("tenant", 50.0, 100.0, function=False)]
    assert site.say("a", "unknown", 135.0, 60.0) == []


def test_a_clock_that_went_back_puts_nothing_in_doubt() -> None:
    site = Site()
    site.say("c", "down", 100.0, 99.0)
    assert site.say("a", "down", 50.0, 80.0) == []
