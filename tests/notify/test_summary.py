"""Lists, hand-overs and maintenance, as people read them; no channel makes trouble of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dcim.alerts import Language, Severity
from dcim.notify import Letter, Notice, Postman, Site
from dcim.notify.channel import Stage
from dcim.notify.deciding.summary import Listed, ListKind, announced, listing
from dcim.notify.notices.told import NoticeKind
from dcim.notify.wording.mail import compose
from dcim.store import Message, MessageState, Store, Work
from dcim.windows import Once, Scope, Span, Turn, TurnKind, Window

SITE = Site("cas1", "Casablanca 1", "Africa/Casablanca", Language.FR)
NOON = 1_764_072_000.0  # 13:00 on the wall


def letter(notice: Notice) -> Letter:
    again = Notice.of(notice.body())  # as the store gives it back
    assert again.message_id == notice.message_id
    return Letter(again.message_id, again.key, again)


def mail(notice: Notice, language: Language) -> tuple[str, str]:
    made = compose(letter(notice), "dcim@example.org", ["noc@example.org"], language)
    assert made["In-Reply-To"] is None
    part: Any = made.get_body(("plain",))
    return made["Subject"], part.get_content()


@pytest.fixture
def several(notice: Callable[..., Notice]) -> list[Listed]:
    lost = {Language.EN: "Feed A lost at ATS-1", Language.FR: "Voie A perdue à ATS-1"}
    return [
        Listed(notice(key="i1", severity=Severity.MINOR, raised_at=NOON), over=True),
        Listed(notice(key="i2", severity=Severity.MINOR, raised_at=NOON)),
        Listed(notice(key="i3", severity=Severity.CRITICAL, raised_at=NOON + 60, headline=lost)),
    ]


def test_a_digest_names_the_worst_first_and_what_is_over_last(several: list[Listed]) -> None:
    subject, text = mail(listing(ListKind.DIGEST, several, SITE, NOON + 3600), Language.FR)
    assert subject == "[LISTE] Récapitulatif : incidents : 3, dont en cours : 2 - Casablanca 1"
    assert text.replace("\u00a0", " ").splitlines()[2:] == [
        "Site : Casablanca 1",
        "À : 2025-11-25 14:00:00 +0100",
        "critique : UPS-A : Voie A perdue à ATS-1, depuis 2025-11-25 13:01:00 +0100",
        "mineure : UPS-A : Onduleur sur batterie, depuis 2025-11-25 13:00:00 +0100",
        "mineure : UPS-A : Onduleur sur batterie (terminée), depuis 2025-11-25 13:00:00 +0100",
    ]


def test_a_list_that_is_too_long_says_how_many_more(several: list[Listed]) -> None:
    many = [replace(several[1], notice=replace(several[1].notice, key=f"i{number}")) for number in range(60)]
    made = listing(ListKind.WITHHELD, many, SITE, NOON, "sms")
    assert (len(made.children), made.alerts) == (50, 60)
    assert "and 10 more" in mail(made, Language.EN)[1]


def test_a_hand_over_with_nothing_open_says_so() -> None:
    subject, _ = mail(listing(ListKind.HAND_OVER, [], SITE, NOON, "on-call"), Language.EN)
    assert subject == "[LIST] You are on call (on-call): incidents: 0, of which open: 0 - Casablanca 1"


def test_maintenance_is_told_with_its_ticket_and_its_end_and_both_are_messages_of_their_own() -> None:
    span = Span(NOON, NOON + 7200)
    window = Window("fans", Scope(everything=True), Once(span), "new fans", "CHG-7", "karim")
    begins = announced(Turn(TurnKind.STARTED, window, span), SITE, NOON)
    ends = announced(Turn(TurnKind.ENDED, window, span), SITE, NOON + 7200)
    assert begins.message_id != ends.message_id
    assert mail(begins, Language.EN)[0] == (
        "[ANNOUNCEMENT] Maintenance begins: new fans (CHG-7), until 2025-11-25 15:00:00 +0100 - Casablanca 1"
    )
    assert mail(begins, Language.FR)[0] == (
        "[ANNONCE] Début de maintenance : new fans (CHG-7), jusqu’au 2025-11-25 15:00:00 +0100 - Casablanca 1"
    )
    assert mail(ends, Language.FR)[0] == "[ANNONCE] Fin de maintenance : new fans (CHG-7) - Casablanca 1"


def test_no_two_lists_are_one_message(several: list[Listed]) -> None:
    made = {
        listing(kind, several, SITE, NOON + later, what).message_id
        for kind in ListKind
        for later in (0, 60)
        for what in ("a", "b")
    }
    assert len(made) == 12


async def test_a_far_side_that_keeps_troubles_is_given_none_of_them(
    several: list[Listed], told_channel: Any, opened: Callable[[], Store], clock: Any
) -> None:
    made = listing(ListKind.DIGEST, several, SITE, NOON)
    assert letter(made).stage is Stage.INFORM
    keeping, plain = told_channel(), told_channel()
    keeping.keeps_state = True
    store = opened()
    messages = (
        Message(name, made.key, made.message_id, made.body(), created=NOON, due=NOON)
        for name in ("keeping", "plain")
    )
    await store.commit(Work(outbox=tuple(messages)))
    await Postman(store, {"keeping": keeping, "plain": plain}, clock).deliver_due()
    assert (len(keeping.letters), len(plain.letters)) == (0, 1)
    assert store.outbox((MessageState.PENDING,), 10) == []
    outcomes = {fact.read()["channel"]: fact.read()["outcome"] for fact in store.facts(kinds=["delivery"])}
    assert outcomes == {"keeping": "dropped", "plain": "delivered"}


async def test_of_reminders_that_waited_only_the_newest_goes_out(
    notice: Callable[..., Notice], told_channel: Any, opened: Callable[[], Store], clock: Any
) -> None:
    """A channel that was away for an hour tells the present, not the hour. Pains: F1."""
    raised = notice(key="i1")
    reminders = [
        replace(raised, kind=NoticeKind.REMINDED, number=number, at=NOON + number) for number in (1, 2, 3)
    ]
    channel, store = told_channel(), opened()
    messages = (
        Message("noc", one.key, one.message_id, one.body(), created=one.at, due=NOON)
        for one in (raised, *reminders)
    )
    await store.commit(Work(outbox=tuple(messages)))
    await Postman(store, {"noc": channel}, clock).deliver_due()
    assert channel.ids == [raised.message_id, reminders[2].message_id]
    assert store.outbox((MessageState.PENDING,), 10) == []
