"""Alertmanager: said again while it holds, ended everywhere, and what it silences."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from dcim.alerts import Severity
from dcim.notify import Context, Delivered, Letter, NoticeKind, RefusedForGood, RetryAfter, Site
from dcim.notify.channels.alertmanager import AlertmanagerChannel, AlertmanagerSettings, plugin
from dcim.notify.channels.silences import silences_of
from dcim.yaml import parse, shape

from .far_sides import strict_alertmanager
from .rigs import HttpFarSide, Mood

Letters = Callable[..., Letter]
NOON = 1_764_072_000.0


@pytest.fixture
async def pair() -> AsyncIterator[tuple[HttpFarSide, HttpFarSide]]:
    both = HttpFarSide(strict_alertmanager), HttpFarSide(strict_alertmanager)
    for one in both:
        await one.up()
    yield both
    for one in both:
        await one.down()


@pytest.fixture
async def channel(
    pair: tuple[HttpFarSide, HttpFarSide], site: Site, clock: object
) -> AsyncIterator[AlertmanagerChannel]:
    urls = tuple(f"http://127.0.0.1:{one.port}/" for one in pair)
    settings = AlertmanagerSettings(urls=urls, repeat=60.0, keep=600.0, timeout=30.0, labels={"team": "dc"})
    channel = plugin.open(settings, Context(site, str, clock))  # type: ignore[arg-type]
    yield channel
    await channel.aclose()


def alerts(far: HttpFarSide) -> list[tuple[str, str]]:
    """Return (severity, endsAt) of every alert that was taken."""
    return [(one["labels"]["severity"], one["endsAt"]) for body in far.bodies for one in body]


def resolved(letter: Letter, at: float) -> Letter:
    return replace(letter, notice=replace(letter.notice, kind=NoticeKind.CLEARED, at=at))


async def test_all_get_it_and_it_holds_there_for_as_long_as_was_said(
    pair: tuple[HttpFarSide, HttpFarSide], channel: AlertmanagerChannel, letter: Letters
) -> None:
    assert await channel.send(letter()) == Delivered()
    for far in pair:
        ((one,),) = far.bodies
        assert one["labels"]["alertname"] == "ups_on_battery"
        assert one["labels"]["team"] == "dc"
        assert (one["startsAt"], one["endsAt"]) == ("2025-11-25T12:00:00.000Z", "2025-11-25T12:10:00.000Z")
        assert one["annotations"]["action"] == "Vérifier le secteur."


async def test_a_tick_says_again_what_stands(
    pair: tuple[HttpFarSide, HttpFarSide], channel: AlertmanagerChannel, letter: Letters, clock: object
) -> None:
    clock.wall = NOON + 300.0  # type: ignore[attr-defined]
    ticked = await channel.tick([letter()])
    assert (ticked.verdict, ticked.silences) == (Delivered(), ())
    assert [alerts(far) for far in pair] == [[("critical", "2025-11-25T12:15:00.000Z")]] * 2


async def test_one_that_was_away_gets_with_the_next_tick_what_ended_meanwhile(
    pair: tuple[HttpFarSide, HttpFarSide], channel: AlertmanagerChannel, letter: Letters, clock: object
) -> None:
    await channel.send(letter())
    await pair[1].down()
    clock.wall = NOON + 60.0  # type: ignore[attr-defined]
    said = await channel.send(resolved(letter(), NOON + 60.0))
    assert isinstance(said, Delivered)
    assert f":{pair[1].port}: ConnectError" in said.note
    await pair[1].up()
    await channel.tick([])
    await channel.tick([])
    over = ("critical", "2025-11-25T12:01:00.000Z")
    assert alerts(pair[1])[1:] == [over]
    assert alerts(pair[0])[1:] == [over]


async def test_an_alert_that_becomes_worse_ends_under_its_old_labels(
    pair: tuple[HttpFarSide, HttpFarSide], channel: AlertmanagerChannel, letter: Letters
) -> None:
    first = letter(severity=Severity.MINOR)
    await channel.send(first)
    worse = replace(first.notice, severity=Severity.CRITICAL, kind=NoticeKind.UPDATED, at=NOON + 5)
    await channel.send(replace(first, notice=worse))
    await channel.send(resolved(replace(first, notice=worse), NOON + 9))
    assert alerts(pair[0]) == [
        ("minor", "2025-11-25T12:10:00.000Z"),
        ("minor", "2025-11-25T12:00:05.000Z"),
        ("critical", "2025-11-25T12:10:00.000Z"),
        ("critical", "2025-11-25T12:00:09.000Z"),
    ]


@pytest.mark.parametrize(
    ("moods", "verdict"),
    [
        ((Mood.REFUSE, Mood.REFUSE), RefusedForGood),
        ((Mood.REFUSE, Mood.TAKE), Delivered),
        ((Mood.BROKEN, Mood.TAKE), Delivered),
        ((Mood.BROKEN, Mood.REFUSE), RetryAfter),
        ((Mood.BUSY, Mood.BUSY), RetryAfter),
    ],
)
async def test_one_that_took_it_is_enough(
    pair: tuple[HttpFarSide, HttpFarSide],
    channel: AlertmanagerChannel,
    letter: Letters,
    moods: tuple[str, str],
    verdict: type,
) -> None:
    for far, mood in zip(pair, moods, strict=True):
        far.mood = [mood]
    assert isinstance(await channel.send(letter()), verdict)


async def test_many_that_stand_are_several_requests(
    pair: tuple[HttpFarSide, HttpFarSide], channel: AlertmanagerChannel, letter: Letters
) -> None:
    standing = [replace(letter(), dedup_key=f"{number:064x}") for number in range(450)]
    await channel.tick(standing)
    assert [len(body) for body in pair[0].bodies] == [200, 200, 50]


def test_silences_are_read_as_they_are_and_nonsense_is_left_out() -> None:
    silence = {
        "id": "s1", "status": {"state": "active"}, "endsAt": "2025-11-25T13:00:00Z", "createdBy": "Amina\n",
        "comment": None, "matchers": [
            {"name": "device", "value": "ups-.*", "isRegex": True},
            {"name": "room", "value": "r1", "isEqual": False, "isRegex": False}, 7,
        ],
    }  # fmt: skip
    over = {**silence, "id": "s2", "status": {"state": "expired"}}
    ours = {"labels": {"site": "cas1", "dedup_key": "k1"}, "status": {"silencedBy": ["s1", "s2", "s3"]}}
    others = {"labels": {"site": "rab1", "dedup_key": "k2"}, "status": {"silencedBy": ["s1"]}}
    (one,) = silences_of([silence, over, 3, {"id": 4}], [ours, others, None, {"labels": 1}], "cas1") or ()
    assert (one.by, one.why, one.until, one.keys) == ("Amina", "", NOON + 3600.0, ("k1",))
    assert one.matchers == 'device=~"ups-.*", room!="r1"'
    assert silences_of(None, [], "cas1") is None
    assert silences_of([], {"error": 1}, "cas1") is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("urls: []", "urls"),
        ('urls: ["http://x"]\nrepeat: 60s\nkeep: 90s', "keep must be at least twice repeat"),
        ('urls: ["http://x"]\nuser: me', "user and password come together"),
        ('urls: ["http://x"]\nuser: me\npassword: "env:P"\ntoken: "env:T"', "either token, or user"),
        ('urls: ["http://x"]\nlabels: { "a-b": c }', "labels"),
    ],
)
def test_settings_that_cannot_be_meant_are_mistakes_in_the_file(line: str, expected: str) -> None:
    settings, problems = shape(parse(line + "\n", "site.yaml"), AlertmanagerSettings, hide=True)
    assert settings is None
    assert expected in str(problems[0])
