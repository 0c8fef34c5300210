"""Telling goes on until somebody takes it; whoever was told of it is told that it is over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.model import Severity
from dcim.routing import Case, Course, Courses, Digest, Match, Reminder, Route, Routes, Step

CASE = Case(Severity.CRITICAL)
MINOR = Case(Severity.MINOR)
CRITICAL = Match(severities=frozenset({Severity.CRITICAL}))
LADDER = Route(
    "critical", CRITICAL, (Step(0, ("rota",)), Step(600, ("rota", "chief")), Step(1800, ("boss",))), 3600
)
LOW = Route("low", steps=(Step(0, ("noc",)),), digest=True)


def courses(*kept: Course) -> Courses:
    return Courses(Routes([LADDER, LOW], ["a", "b"]), kept)


def said(reminders: list[Reminder]) -> list[tuple[int, tuple[str, ...]]]:
    return [(one.level, one.to) for one in reminders]


def test_nobody_takes_it_so_more_are_told_then_all_again() -> None:
    """Pains: H3."""
    all_of = courses()
    assert said(all_of.begin("i", CASE, 1000.0)) == [(1, ("rota",))]
    assert all_of.wake_at() == 1600.0
    assert all_of.tick(1599.0) == []
    assert said(all_of.tick(1600.0)) == [(2, ("rota", "chief"))]
    assert said(all_of.tick(2800.0)) == [(3, ("boss",))]
    assert all_of.wake_at() == 2800.0 + 3600
    assert said(all_of.tick(6400.0)) == [(0, ("rota", "chief", "boss"))]
    assert all_of.end("i") == ("rota", "chief", "boss")
    assert all_of.wake_at() is None


def test_an_acknowledgement_holds_it_and_its_end_starts_it_again() -> None:
    all_of = courses()
    all_of.begin("i", CASE, 0.0)
    assert all_of.hold("i") == ("rota",)
    assert all_of.tick(1e6) == []
    assert said(all_of.resume("i", 2e6)) == [(1, ("rota",))]
    assert all_of.wake_at() == 2e6 + 600
    assert all_of.resume("i", 2e6) == []


def test_what_is_muted_as_a_whole_is_held_and_begins_again_when_any_of_it_is_not() -> None:
    """Work was announced over a device that people knew of, and they were woken all through it. Pains: F7, H3."""
    all_of, muted = courses(), {"i"}
    all_of.begin("i", CASE, 0.0)
    all_of.begin("j", CASE, 0.0)
    assert [one.incident for one in all_of.tick(600.0, muted.__contains__)] == ["j"]
    assert all_of.muted == ("i",)
    again = courses(*(Course.of(course.body()) for course in all_of))  # a restart in the middle of it
    for one in (all_of, again):
        assert {each.incident for each in one.tick(7200.0, muted.__contains__)} == {"j"}
        assert one.muted == ("i",)
        found = [each for each in one.tick(7300.0) if each.incident == "i"]
        assert said(found) == [(1, ("rota",))], "it begins again, from its first step"
        assert one.muted == ()
        assert [said([each]) for each in one.tick(7900.0) if each.incident == "i"] == [
            [(2, ("rota", "chief"))]
        ]


def test_who_acknowledges_or_ends_what_is_muted_is_not_told_of_it_again() -> None:
    for deed in ("hold", "end"):
        all_of = courses()
        all_of.begin("i", CASE, 0.0)
        assert all_of.tick(600.0, lambda _incident: True) == []
        getattr(all_of, deed)("i")
        assert all_of.tick(9e3) == []


def test_steps_that_were_slept_through_are_told_at_once_and_once() -> None:
    """The daemon was down for a day; it goes on where it stood. Pains: H2."""
    before = courses()
    before.begin("i", CASE, 0.0)
    again = courses(*(Course.of(course.body()) for course in before))
    assert said(again.tick(86400.0)) == [(3, ("rota", "chief", "boss"))]
    assert again.tick(86400.0) == []


def test_an_incident_that_grows_worse_takes_more_routes_and_none_twice() -> None:
    all_of = courses()
    assert all_of.begin("i", MINOR, 0.0) == []
    assert said(all_of.begin("i", CASE, 10.0)) == [(1, ("rota",))]
    assert all_of.begin("i", CASE, 20.0) == []
    assert [course.route for course in all_of.of("i")] == ["low", "critical"]


@pytest.mark.long
def test_one_that_is_taken_already_tells_no_more_people_when_it_grows_worse() -> None:
    all_of = courses()
    all_of.begin("i", MINOR, 0.0)
    all_of.hold("i")
    assert all_of.begin("i", CASE, 10.0) == []


def test_the_digest_tells_of_what_came_also_of_what_is_over_and_only_once() -> None:
    all_of = courses()
    for name in ("i", "j"):
        all_of.begin(name, MINOR, 0.0)
    assert all_of.end("j") == ()
    assert [course.over for course in all_of] == [False, True]
    assert all_of.gather(10.0) == [Digest(("noc",), ("i", "j"))]
    assert all_of.gather(20.0) == []
    assert all_of.end("i") == ("noc",)
    assert all_of.end("unheard of") == ()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["begin", "worse", "tick", "hold", "resume", "end"]),
            st.sampled_from("ij"),
            st.integers(0, 4000),
        ),
        max_size=40,
    )
)
def test_whoever_was_told_is_told_of_the_end_and_nobody_else(story: list[tuple[str, str, int]]) -> None:
    all_of, heard, now = courses(), dict[str, set[str]](), 0.0
    for what, name, later in story:
        now += later
        told: list[Reminder] = []
        match what:
            case "begin":
                told = all_of.begin(name, MINOR, now)
            case "worse":
                told = all_of.begin(name, CASE, now)
            case "tick":
                told = all_of.tick(now)
            case "hold":
                all_of.hold(name)
            case "resume":
                told = all_of.resume(name, now)
            case _:
                assert set(all_of.end(name)) == heard.pop(name, set())
        for one in told:
            heard.setdefault(one.incident, set()).update(one.to)
    for name in list(heard):
        assert set(all_of.told(name)) == heard[name]


class Walking(Courses):
    """Looks at every course at every tick: slow, and plainly right."""

    def tick(self, now: float) -> list[Reminder]:
        return [
            reminder
            for mine in self._courses.values()
            for course in list(mine.values())
            for reminder in self._due(mine, course, now)
        ]


@pytest.mark.long
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["begin", "worse", "tick", "tick", "hold", "resume", "end", "gather", "again"]),
            st.sampled_from("ijkl"),
            st.integers(-300, 4000),  # also a clock that is put back
        ),
        max_size=60,
    )
)
def test_what_is_due_is_found_without_a_look_at_what_is_not(story: list[tuple[str, str, int]]) -> None:
    routes, now = Routes([LADDER, LOW], ["a", "b"]), 0.0
    pair: list[Courses] = [Courses(routes), Walking(routes)]
    for what, name, later in story:
        now += later
        said: list[object] = []
        for at, one in enumerate(pair):
            match what:
                case "begin" | "worse":
                    said.append(one.begin(name, MINOR if what == "begin" else CASE, now))
                case "tick":
                    said.append(one.tick(now))
                case "hold":
                    said.append(one.hold(name))
                case "resume":
                    said.append(one.resume(name, now))
                case "end":
                    said.append(one.end(name))
                case "gather":
                    said.append(one.gather(now))
                case _:  # a restart
                    pair[at] = type(one)(routes, list(one))
        assert said[:1] == said[1:]
        assert list(pair[0]) == list(pair[1])
