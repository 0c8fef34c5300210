"""Each start and each end of a window is said once, whatever the clock does."""

from hypothesis import given
from hypothesis import strategies as st

from dcim.model import Address, Asset, Kind
from dcim.windows import Calendar, Once, Scope, Span, Turn, TurnKind, Window

WORK = Window("work", Scope(devices=frozenset({"ups-a"})), Once(Span(100.0, 200.0)), "new fans")
LATER = Window("later", Scope(rooms=frozenset({"hall-1"})), Once(Span(150.0, 300.0)), "painting")


def said(turns: list[Turn]) -> list[tuple[str, str, float]]:
    return [(turn.window.id, str(turn.kind), turn.at) for turn in turns]


def test_a_window_starts_and_ends_once() -> None:
    calendar = Calendar([WORK])
    assert calendar.turn(99.9) == []
    assert said(calendar.turn(100.0)) == [("work", "started", 100.0)]
    assert calendar.open == {"work": Span(100.0, 200.0)}
    assert calendar.turn(199.9) == []
    assert said(calendar.turn(200.0)) == [("work", "ended", 200.0)]
    assert calendar.turn(5000.0) == []
    assert calendar.open == {}


def test_one_that_went_by_while_nobody_looked_is_said_whole() -> None:
    """The clock was put forward, or the loop stood still. Pains: F7."""
    calendar = Calendar([WORK, LATER])
    calendar.turn(50.0)
    assert said(calendar.turn(250.0)) == [
        ("work", "started", 100.0),
        ("later", "started", 150.0),
        ("work", "ended", 200.0),
    ]


def test_a_clock_that_is_put_back_says_nothing_twice() -> None:
    calendar = Calendar([WORK])
    calendar.turn(120.0)
    assert calendar.turn(90.0) == []
    assert calendar.turn(130.0) == []
    assert said(calendar.turn(210.0)) == [("work", "ended", 200.0)]
    assert calendar.turn(120.0) == calendar.turn(215.0) == []


def test_a_daemon_that_starts_within_a_window_says_that_it_is_open_unless_it_was_told_before() -> None:
    assert said(Calendar([WORK]).turn(150.0)) == [("work", "started", 100.0)]
    again = Calendar([WORK], told={"work": Span(100.0, 200.0), "gone": Span(1.0, 900.0)})
    assert again.turn(150.0) == []
    assert said(again.turn(200.0)) == [("work", "ended", 200.0)]


def test_one_that_ended_while_the_daemon_was_down_is_said_to_have_ended() -> None:
    again = Calendar([WORK], told={"work": Span(100.0, 200.0)})
    assert said(again.turn(900.0)) == [("work", "ended", 200.0)]
    assert Calendar([WORK]).turn(900.0) == []


def test_windows_come_and_go_while_it_runs() -> None:
    calendar = Calendar()
    assert calendar.turn(120.0) == []
    calendar.add(WORK)
    assert said(calendar.turn(121.0)) == [("work", "started", 100.0)]
    ended = calendar.remove("work", 130.0)
    assert ended == Turn(TurnKind.ENDED, WORK, Span(100.0, 130.0))
    assert calendar.remove("work", 131.0) is None
    assert calendar.turn(250.0) == []


def test_what_comes_next_is_known() -> None:
    calendar = Calendar([LATER, WORK])
    assert [window.id for window, _ in calendar.upcoming(0.0)] == ["work", "later"]
    assert calendar.wake_at(0.0) == 100.0
    calendar.turn(160.0)
    assert calendar.wake_at(160.0) == 200.0
    assert Calendar().wake_at(0.0) is None


def test_a_scope_lies_over_what_any_of_its_lists_names() -> None:
    asset = Asset(
        "ups-a", "UPS A", Kind.UPS, "snmp", Address("127.0.0.1", 161), room="elec-a", tags=frozenset({"it"})
    )
    scopes = [
        Scope(devices=frozenset({"ups-a"})), Scope(rooms=frozenset({"elec-a"})), Scope(tags=frozenset({"it"})),
        Scope(everything=True),
    ]  # fmt: skip
    assert all(scope and scope.covers(asset) for scope in scopes)
    other = Scope(frozenset({"ups-b"}), frozenset({"power"}), frozenset({"hall-1"}), frozenset({"noc"}))
    assert other
    assert not other.covers(asset)
    assert not Scope()


@given(st.lists(st.floats(0, 400), max_size=30))
def test_starts_and_ends_alternate_in_every_story_of_clocks(times: list[float]) -> None:
    calendar = Calendar([WORK, LATER])
    turns = [turn for now in times for turn in calendar.turn(now)]
    for window in (WORK, LATER):
        kinds = [str(turn.kind) for turn in turns if turn.window is window]
        assert kinds == ["started", "ended"][: len(kinds)]
        assert (window.id in calendar.open) == (kinds == ["started"])
