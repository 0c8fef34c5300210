"""What became of a message is a fact for ever: it says nothing of whom a far side named. Pains: G2."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dcim.notify.channel import Letter
from dcim.notify.notices.notice import Notice
from dcim.notify.posting.settle import letter_of, nobodys, settled
from dcim.store import Attempt, MessageState, Outcome, Queued


def queued(body: dict[str, object]) -> Queued:
    return Queued(7, "mail", "k", "<m@cas1>", body, 1.0, 1.0, 0, MessageState.PENDING, None, "")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("550 5.1.1 <z.tazi+noc@mail.example.ma>: unknown", "550 5.1.1 <…@mail.example.ma>: unknown"),
        ("+212 661-12 34 56 is no subscriber", "…56 is no subscriber"),
        ("sent to 0661123456, 0661123457", "sent to …56, …57"),
        ("192.168.100.200:25 refused at 2026-11-26 01:02:03", "192.168.100.200:25 refused at 2026-11-26 01:02:03"),
        ("queued as 0A3F12345678", "queued as 0A3F12345678"),
    ],
)  # fmt: skip
def test_an_address_is_not_kept_and_all_else_is(said: str, kept: str) -> None:
    assert nobodys(said) == kept
    (fact,) = settled(queued({}), Attempt(7, Outcome.REFUSED, 2.0, said)).facts
    assert fact.body["note"] == kept


def test_a_letter_says_names_where_the_outbox_keeps_pseudonyms(notice: Callable[..., Notice]) -> None:
    body = notice(acknowledged="p-bbbbbbbb", why="the acknowledgement of p-bbbbbbbb is over").body()
    letter = letter_of(queued(dict(body)), lambda text: text.replace("p-bbbbbbbb", "Amina"))
    assert isinstance(letter, Letter)
    assert (letter.notice.acknowledged, letter.notice.why) == (
        "Amina",
        "the acknowledgement of Amina is over",
    )
