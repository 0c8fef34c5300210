"""A test message: it goes the way of an alert, and is over at once where it would be kept. Pure."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from dcim.alerts import Language, Severity, Text
from dcim.ledger import digest
from dcim.model.fact import Fact, FactKind
from dcim.notify.channel import TEST_RULE, Channel, Letter
from dcim.notify.notices.notice import Notice, Site
from dcim.notify.notices.told import NoticeKind
from dcim.record import replace
from dcim.store import Message, Work

EN, FR = Language.EN, Language.FR

_TITLE: Final[Text] = {
    EN: "Test message of channel {}: nothing is wrong",
    FR: "Message d’essai de la voie {} : tout va bien",
}
_CONSEQUENCE: Final[Text] = {
    EN: "None. This message only shows that the channel works.",
    FR: "Aucune. Ce message montre seulement que la voie fonctionne.",
}
_ACTION: Final[Text] = {
    EN: "Nothing to do. When the daily test does not come, look at `dcim status`.",
    FR: "Rien à faire. Si l’essai quotidien ne vient pas, regarder `dcim status`.",
}


def trial_key(channel: str) -> str:
    """Return the dedup key of a channel's test messages, the same for ever."""
    return sha256(f"{TEST_RULE}|{channel}".encode()).hexdigest()


_HEAD: Final[Text] = {
    EN: "Keep this mail: the ledger ended at head {}",
    FR: "Garder ce courriel : le registre finissait à la tête {}",
}


def trial_letters(site: Site, name: str, channel: Channel, at: float, head: str = "") -> list[Letter]:
    """Return the letters of one test: where the far side keeps a trigger, its resolve follows at once.

    ``head`` is where the ledger ends, for a reader who keeps what comes; empty for none.
    """
    raised = Notice(
        kind=NoticeKind.RAISED,
        key=trial_key(name),
        rule=TEST_RULE,
        severity=Severity.WARNING,
        at=at,
        raised_at=at,
        site=site,
        asset=site.id,
        metric="channel_state",
        labels={"channel": name},
        title={language: text.format(name) for language, text in _TITLE.items()},
        consequence=_CONSEQUENCE,
        action=_ACTION if not head else _with_head(head),
        name=site.name or site.id,
    )
    kept = getattr(channel, "keeps_state", False)
    notices = [raised, replace(raised, kind=NoticeKind.CLEARED)] if kept else [raised]
    return [Letter(notice.message_id, notice.key, notice) for notice in notices]


def _with_head(head: str) -> Text:
    return {language: f"{said} {_HEAD[language].format(head)}" for language, said in _ACTION.items()}


def trial(site: Site, name: str, channel: Channel, at: float, head: str = "") -> Work:
    """Return the work that sends a test message through a channel, and records that it does."""
    letters = trial_letters(site, name, channel, at, head)
    facts = (
        Fact(
            FactKind.CHANNEL_TEST,
            at,
            letter.dedup_key,
            {
                "channel": name,
                "message_id": letter.id,
                "told": (name,),
                "digest": digest(letter.notice.body()),
            },
        )
        for letter in letters
    )
    messages = (
        Message(name, letter.dedup_key, letter.id, letter.notice.body(), created=at, due=at)
        for letter in letters
    )
    return Work(facts=tuple(facts), outbox=tuple(messages))
