"""What every channel owes its messages, asked of each beside a stand-in of its far side."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog

from dcim.alerts import Change, ChangeKind, Language
from dcim.notify import (
    Channel,
    Context,
    Delivered,
    Letter,
    NoticeKind,
    Patience,
    Postman,
    RefusedForGood,
    RetryAfter,
    Site,
    record,
)
from dcim.store import Store

from .far_sides import RIGS, SECRETS, rig_of
from .rigs import Mood, Rig

Letters = Callable[..., Letter]
Channels = Callable[..., Channel]
HOSTILE = "<!channel> *b* [x](http://e) \x1b[2J\x07 \u202egpj <b>&\r\nBcc: a@b.example\r\n.\r\n"


@pytest.fixture(params=sorted(RIGS))
async def rig(request: pytest.FixtureRequest, tmp_path: Path, tls: SimpleNamespace) -> AsyncIterator[Rig]:
    rig = rig_of(request.param, tmp_path, tls)
    await rig.up()
    yield rig
    await rig.down()
    await asyncio.sleep(0)  # what was closed is gone with the next turn of the loop


@pytest.fixture
def context(site: Site, clock: object) -> Context:
    return Context(site, lambda ref: SECRETS[str(ref)], clock)  # type: ignore[arg-type]


@pytest.fixture
async def channel_of(rig: Rig, context: Context) -> AsyncIterator[Callable[..., Channel]]:
    channels: list[Channel] = []

    def make(**more: object) -> Channel:
        channels.append(rig.open(context, **more))
        return channels[-1]

    yield make
    for channel in channels:
        await channel.aclose()


def stages(letter: Letters) -> list[Letter]:
    """Return one trouble from its trigger to its resolve, as letters numbered from 1."""
    first = letter()
    kinds = [NoticeKind.RAISED, NoticeKind.UPDATED, NoticeKind.ACKNOWLEDGED, NoticeKind.CLEARED]
    notices = [
        replace(first.notice, kind=kind, at=first.notice.at + 10 * number, number=number)
        for number, kind in enumerate(kinds)
    ]
    return [Letter(one.message_id, one.key, one, number) for number, one in enumerate(notices, 1)]


async def test_delivered_means_that_the_far_side_took_it(
    rig: Rig, channel_of: Channels, letter: Letters
) -> None:
    """Pains: H2."""
    channel = channel_of()
    expected = {
        Mood.REFUSE: RefusedForGood,
        Mood.BUSY: RetryAfter,
        Mood.BROKEN: RetryAfter,
        Mood.TAKE: Delivered,
    }
    for mood, verdict in expected.items():
        if mood in rig.can:
            before = len(rig.taken())
            rig.moods(mood)
            assert isinstance(await channel.send(letter()), verdict), mood
            assert len(rig.taken()) - before == (mood == Mood.TAKE), mood


async def test_a_busy_far_side_says_how_long(rig: Rig, channel_of: Channels, letter: Letters) -> None:
    if Mood.BUSY not in rig.can:
        pytest.skip("its protocol knows no haste")
    channel = channel_of()
    rig.moods(Mood.BUSY)
    said = await channel.send(letter())
    assert isinstance(said, RetryAfter)
    assert said.seconds == rig.asks_for


async def test_a_far_side_that_says_nothing_is_tried_again(
    rig: Rig, channel_of: Channels, letter: Letters
) -> None:
    if Mood.SILENT not in rig.can:
        pytest.skip("its far side cannot be silent")
    rig.moods(Mood.SILENT)
    assert isinstance(await channel_of(timeout=0.3).send(letter()), RetryAfter)
    rig.moods()
    assert isinstance(await channel_of().send(letter()), Delivered)


async def test_a_far_side_that_is_not_there_is_tried_again(
    rig: Rig, channel_of: Channels, letter: Letters
) -> None:
    """Pains: H1, H2."""
    channel = channel_of()
    await rig.down()
    assert isinstance(await channel.send(letter()), RetryAfter)
    await rig.up()
    assert isinstance(await channel.send(letter()), Delivered)


async def test_no_secret_is_in_a_verdict_or_a_log(rig: Rig, channel_of: Channels, letter: Letters) -> None:
    """Pains: J2."""
    channel = channel_of()
    with structlog.testing.capture_logs() as logs:
        said = []
        for mood in sorted(rig.can - {Mood.SILENT}):
            rig.moods(mood)
            said.append(await channel.send(letter()))
        await rig.down()
        said.append(await channel.send(letter()))
    told = repr((said, logs, channel))
    assert not [secret for secret in rig.secrets if secret in told]


async def test_a_trigger_updates_and_a_resolve_have_one_name(
    rig: Rig, channel_of: Channels, letter: Letters
) -> None:
    channel = channel_of()
    letters = stages(letter)
    for one in letters:
        assert isinstance(await channel.send(one), Delivered), one.stage
    taken = rig.taken()
    assert len(taken) >= len(letters)
    short = letters[0].dedup_key[:12]
    assert all(short in text or f"#{number}" in text for number, text in enumerate(taken, 1)), taken


@pytest.mark.parametrize(
    ("language", "says"), [(Language.EN, "UPS on battery"), (Language.FR, "Onduleur sur batterie")]
)
async def test_a_channel_speaks_its_own_language(
    rig: Rig, channel_of: Channels, letter: Letters, language: Language, says: str
) -> None:
    channel = channel_of(language=language)
    assert isinstance(await channel.send(letter()), Delivered)
    assert says in rig.taken()[0]


async def test_what_a_device_calls_itself_is_shown_and_never_obeyed(
    rig: Rig, channel_of: Channels, letter: Letters
) -> None:
    channel = channel_of()
    sent = letter(name=HOSTILE, labels={"outlet": HOSTILE})
    assert isinstance(await channel.send(sent), Delivered)
    (taken,) = rig.taken()
    signs = ("\x1b", "\x07", "\r\nBcc:") if rig.for_machines else ("\x1b", "\x07", "\nBcc:", "\u202e")
    assert not [sign for sign in signs if sign in taken]


@pytest.mark.long
async def test_killed_and_brought_back_in_the_middle_nothing_is_lost(
    rig: Rig,
    channel_of: Channels,
    opened: Callable[[], Store],
    clock: SimpleNamespace,
    change: Callable[..., Change],
    site: Site,
) -> None:
    """Every message at least once, one by its key, and no resolve before its trigger. Pains: H1, H2."""
    store, channel = opened(), channel_of()
    man = Postman(store, {"c": channel}, clock, Patience(jitter=0.0), lambda: 0.0)  # type: ignore[arg-type]
    names = ["ups-a", "ups-b", "ups-c", "ups-d"]
    at = clock.wall
    for number, asset in enumerate(names):
        await store.commit(record([change(ChangeKind.RAISED, asset, at + number)], site, ["c"]))
        if number == 1:
            await rig.down()
            await store.commit(record([change(ChangeKind.CLEARED, names[0], at, at=at + 30)], site, ["c"]))
        await man.deliver_due()
    rig.moods(*(mood for mood in (Mood.BROKEN, Mood.BUSY) if mood in rig.can))
    await rig.up()
    for number, asset in enumerate(names[1:], 1):
        cleared = change(ChangeKind.CLEARED, asset, at + number, at=at + 60 + number)
        await store.commit(record([cleared], site, ["c"]))
    for _ in range(6):
        clock.wall += 700.0
        await man.deliver_due()
    assert {str(one.state) for one in store.outbox()} == {"delivered"}
    taken = rig.taken()
    for asset in names:
        mine = [text for text in taken if asset.upper() in text or _key(change, asset) in text]
        assert len(mine) >= 2, asset


def _key(change: Callable[..., Change], asset: str) -> str:
    return change(ChangeKind.RAISED, asset).alert.key
