"""Messages that tell of no new trouble: lists of incidents, hand-overs, work that begins or ends. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Final

from dcim.alerts import Language, Severity, Text
from dcim.notify.deciding.present import AsNow, aged
from dcim.notify.notices.notice import Notice, Site
from dcim.notify.notices.told import Child, NoticeKind, Subject
from dcim.notify.wording.words import moment
from dcim.record import dataclass
from dcim.windows import Turn, TurnKind
from dcim.words import words

EN, FR = Language.EN, Language.FR

MOST: Final = 50
"""Incidents that one list names; it says how many there are in all."""

_RANK: Final = {severity: place for place, severity in enumerate(Severity)}


class ListKind(StrEnum):
    """Why several incidents stand in one message."""

    DIGEST = "digest"
    WITHHELD = "withheld"
    HAND_OVER = "hand_over"


_TITLES: Final[dict[ListKind, Text]] = {
    ListKind.DIGEST: {EN: "Digest", FR: "Récapitulatif"},
    ListKind.WITHHELD: {
        EN: "Withheld by the limit of this channel",
        FR: "Retenu par la limite de cette voie",
    },
    ListKind.HAND_OVER: {EN: "You are on call ({})", FR: "Vous êtes d’astreinte ({})"},
}
_COUNTED: Final[Text] = {EN: "incidents: {}, of which open: {}", FR: "incidents : {}, dont en cours : {}"}
_UNTIL: Final[Text] = {EN: ", until {}", FR: ", jusqu’au {}"}
_WORK: Final[dict[bool, Text]] = {
    True: {EN: "Maintenance begins: {}", FR: "Début de maintenance : {}"},
    False: {EN: "Maintenance is over: {}", FR: "Fin de maintenance : {}"},
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One incident of a list: what was last told of it, and whether it is over."""

    notice: Notice
    over: bool = False


def listing(  # noqa: PLR0913 - what a list is of, and as of when
    kind: ListKind,
    listed: Sequence[Listed],
    site: Site,
    at: float,
    what: str = "",
    as_now: AsNow = aged,
    more: int = 0,
) -> Notice:
    """Return one message that tells of several incidents, the worst and oldest first.

    ``what``: the rota of a hand-over, the channel of what was withheld; it tells lists of one moment apart.
    ``as_now`` gives what a kept notice would say now, of those that are named and not over. ``more``: how
    many others there were that are over and not kept by name.
    """
    ordered = sorted(listed, key=lambda one: (one.over, _RANK[one.notice.severity], one.notice.raised_at))
    still = sum(not one.over for one in listed)
    title = {language: text.format(what) for language, text in _TITLES[kind].items()}
    counted = {language: text.format(len(listed) + more, still) for language, text in _COUNTED.items()}
    return _notice(
        kind=NoticeKind.LISTED,
        subject=Subject.LIST,
        rule=str(kind),
        key=_key(site, str(kind), what, at),
        severity=ordered[0].notice.severity if ordered else Severity.WARNING,
        title=title,
        headline={
            language: f"{title[language]}{words(language)('colon')} {counted[language]}"
            for language in Language
        },
        site=site,
        at=at,
        children=tuple(_child(one if one.over else Listed(as_now(one.notice, at))) for one in ordered[:MOST]),
        alerts=len(listed) + more,
        called=tuple(dict.fromkeys(pair for one in listed for pair in one.notice.called)),
    )


def announced(turn: Turn, site: Site, at: float) -> Notice:
    """Return the message that maintenance begins or ends: what is done, under which ticket, until when."""
    window, begins = turn.window, turn.kind is TurnKind.STARTED
    why = f"{window.reason} ({window.ticket})" if window.ticket else window.reason
    title = {language: text.format(why) for language, text in _WORK[begins].items()}
    until = moment(turn.span.end, site.time_zone)
    said = {language: text.format(until) if begins else "" for language, text in _UNTIL.items()}
    return _notice(
        kind=NoticeKind.ANNOUNCED,
        subject=Subject.WORK,
        rule="maintenance",
        key=_key(site, "maintenance", window.id, turn.span.start),
        severity=Severity.WARNING,
        title=title,
        headline={language: f"{title[language]}{said[language]}" for language in Language},
        site=site,
        at=at,
        labels={"window": window.id},
        number=0 if begins else 1,
        raised_at=turn.span.start,
    )


def _key(site: Site, *parts: object) -> str:
    return sha256("|".join(map(str, (site.id, *parts))).encode()).hexdigest()


def _notice(*, site: Site, at: float, raised_at: float | None = None, **said: object) -> Notice:
    none: Text = dict.fromkeys(Language, "")
    given = {
        "asset": site.id,
        "name": site.name or site.id,
        "metric": "",
        "labels": {},
        "consequence": none,
        "action": none,
        "devices": 0,
        **said,
    }
    return Notice(site=site, at=at, raised_at=at if raised_at is None else raised_at, **given)  # type: ignore[arg-type]


def _child(one: Listed) -> Child:
    notice = one.notice
    return Child(
        key=notice.key,
        rule=notice.rule,
        severity=notice.severity,
        asset=notice.asset,
        name=notice.name,
        title=notice.headline if notice.headline[EN] else notice.title,
        raised_at=notice.raised_at,
        labels=notice.labels,
        open=not one.over,
    )
