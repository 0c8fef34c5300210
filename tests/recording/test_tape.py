"""Segments of a recording: what was written is read, whatever it is; what is damaged is told with its place. Pains: F10, D8."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.alerts.deeds import Doing
from dcim.model import Lane
from dcim.recording.frame import FRAME, Damaged
from dcim.recording.reading import Opened
from dcim.recording.tape import Act, Drawn, Event, Poll, Segment
from dcim.witness import Exchange, Fault
from tests.examples import many

ASSETS = ("ups-a", "pdu-é")

times = st.floats(0, 1e9)
moments = st.floats(1e9, 1e9 + 86_400.0)
"""Monotonic seconds within a day: no recording lasts longer."""
exchanges = st.builds(
    Exchange,
    st.sampled_from([b"", b"q1", b"another question"]),
    st.binary(max_size=40),
    times,
    moments,
    st.sampled_from(Fault),
    st.text(max_size=10),
)
polls = st.builds(
    Poll,
    asset=st.sampled_from(ASSETS),
    ended=moments,
    at=times,
    late=times,
    lasted=times,
    lanes=st.frozensets(st.sampled_from(Lane)),
    cheap=st.booleans(),
    restarted=st.booleans(),
    identity=st.booleans(),
    fault=st.sampled_from(Fault),
    why=st.text(max_size=10),
    requests=st.integers(0, 0xFFFF),
    retries=st.integers(0, 0xFFFF),
    check=st.integers(0, 2**32 - 1),
    exchanges=st.lists(exchanges, max_size=4),
)
drawn = st.builds(Drawn, st.sampled_from(ASSETS), moments, st.binary(max_size=50))
deeds = st.fixed_dictionaries(
    {
        "about": st.text(max_size=5),
        "doing": st.sampled_from([str(one) for one in Doing]),
        "rule": st.none() | st.text(max_size=5),
        "note": st.none() | st.text(max_size=5),
        "seconds": st.none() | st.floats(1.0, 1e6),
        "ticket": st.none() | st.text(max_size=5),
    }
)
acts = st.builds(Act, moments, st.fixed_dictionaries({"deed": deeds}))


def write(blocks: list[list[Event]]) -> bytes:
    segment = Segment({"site": "cas1"}, ASSETS)
    made = [segment.opening()]
    for events in blocks:
        for event in events:
            match event:
                case Poll():
                    segment.poll(event)
                case Drawn():
                    segment.portrait(event)
                case Act():
                    segment.act(event)
        made.append(segment.frame(segment.take()))
    return b"".join(made)


@given(st.lists(st.lists(polls | drawn | acts, max_size=6), max_size=4))
@many(60)
def test_what_was_written_is_read_back(blocks: list[list[Event]]) -> None:
    opened = Opened("1.tape", write(blocks))

    assert opened.head["site"] == "cas1"
    assert list(opened.events()) == [one for events in blocks for one in events]
    assert opened.whole


EVENTS: list[list[Event]] = [
    [
        Drawn("ups-a", 1.0, b"portrait"),
        Poll("ups-a", 2.0, 1.0, 0.0, 0.1, exchanges=[Exchange(b"q", b"abc", 1.9, 2.0)]),
    ],
    [Poll("ups-a", 12.0, 11.0, 0.0, 0.1, exchanges=[Exchange(b"q", b"abd", 11.9, 12.0)])],
]


def test_one_changed_byte_anywhere_is_told_with_the_offset_of_its_frame() -> None:
    data = write(EVENTS)
    for at in range(len(data)):
        changed = data[:at] + bytes((data[at] ^ 0x55,)) + data[at + 1 :]
        with pytest.raises(Damaged) as told_:
            list(Opened("7.tape", changed).events())
        assert told_.value.path == "7.tape"
        assert told_.value.offset <= at


def test_a_file_that_ends_too_early_is_told_unless_it_is_the_last_of_a_daemon_that_was_killed() -> None:
    data = write(EVENTS)
    head = FRAME.size + FRAME.unpack_from(data)[3]
    for size in range(head + 1, len(data)):
        cut = Opened("7.tape", data[:size])
        found = list(cut.events(last=True))
        assert found == [one for events in EVENTS for one in events][: len(found)]
        assert cut.whole is (size - head in (0, len(write(EVENTS[:1])) - head))
        if not cut.whole:
            with pytest.raises(Damaged, match=r"7\.tape: offset \d+: the file ends"):
                list(Opened("7.tape", data[:size]).events())


def test_what_is_no_recording_is_told() -> None:
    for data in (b"", b"DCR", b"{}", write(EVENTS)[40:]):
        with pytest.raises(Damaged):
            Opened("x.tape", data)


def test_an_answer_that_hardly_differs_takes_next_to_nothing() -> None:
    noise = bytes((7 * at * at + at) % 251 for at in range(4000))
    polls_ = [
        Poll(
            "ups-a",
            10.0 * n,
            0.0,
            0.0,
            0.1,
            exchanges=[Exchange(b"q", noise[:-1] + bytes((n,)), 0.0, 0.0)],
        )
        for n in range(20)
    ]
    assert len(write([list(polls_)])) < 3 * len(write([list(polls_[:1])]))


@pytest.mark.parametrize("ended", [float("nan"), float("inf"), -float("inf"), 1e12])
def test_a_moment_that_is_none_or_that_nobody_would_live_is_damage(ended: float) -> None:
    """Sums are right, the file was made so: a replay would wait for that moment for ever. Pains: F10."""
    first, last = (Poll(ASSETS[0], at, 0.0, 0.0, 0.0) for at in (1000.0, ended))
    with pytest.raises(Damaged, match="makes no sense"):
        list(Opened("t", write([[first, last]])).events())
    with pytest.raises(Damaged, match="makes no sense"):
        list(
            Opened(
                "t", write([[Poll(ASSETS[0], 1000.0, ended if ended != 1e12 else float("nan"), 0.0, 0.0)]])
            ).events()
        )


@pytest.mark.parametrize("at", [float("nan"), float("inf"), -1e18, 1e12])
def test_a_deed_and_a_portrait_of_a_moment_that_nobody_would_live_are_damage(at: float) -> None:
    """A replay would tick its way to that moment, twice a second, for ever. Pains: F10."""
    poll = Poll(ASSETS[0], 1000.0, 0.0, 0.0, 0.0)
    for event in (Act(at, {}), Drawn(ASSETS[0], at, b"")):
        with pytest.raises(Damaged, match="a moment more than 72 h from the first, or none"):
            list(Opened("t", write([[poll, event]])).events())


DEED = {"about": "ups-a", "doing": "shelve", "rule": "", "note": "n", "seconds": 60.0, "ticket": ""}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (1, "what somebody did"),
        (None, "what somebody did"),
        ({"deed": 1}, "deed"),
        ({"deed": {}}, r"deed\.about"),
        ({"deed": {**DEED, "doing": "bogus"}}, r"deed\.doing"),
        ({"deed": {**DEED, "seconds": "long"}}, r"deed\.seconds"),
        ({"deed": {**DEED, "seconds": float("inf")}}, r"deed\.seconds"),
        ({"window": {"id": "w"}}, r"window\.body"),
        ({"window": {"id": "w", "body": {}}}, r"window\.body\.devices"),
    ],
)
def test_what_nobody_can_have_done_is_damage_with_the_field(body: object, said: str) -> None:
    act = Act(1000.0, body)  # type: ignore[arg-type]
    with pytest.raises(Damaged, match=f"t: offset \\d+: a record in this block makes no sense: .*{said}"):
        list(Opened("t", write([[act]])).events())
