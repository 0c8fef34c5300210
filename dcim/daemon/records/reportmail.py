"""An issued report as a mail to its subscribers, through the outbox like every other message. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dcim.alerts import Language, Severity
from dcim.ledger import digest
from dcim.model.fact import Body
from dcim.notify import Notice, Site
from dcim.notify.notices.told import NoticeKind, Subject
from dcim.reports.issue import Issued, file_of
from dcim.reports.model import Moment, Period
from dcim.reports.say import Writer, bare
from dcim.settings.checked.reported import Scheduled
from dcim.store import Message, Work
from dcim.words import words

SIGNED: Final = "report"
"""Why the head is signed that ends with the fact of a report."""


def notice_of(issued: Issued, scheduled: Scheduled, site: Site, state: Path, at: float) -> Notice:
    """Return what a report's subscribers are told, with its file."""
    language = Language(scheduled.language or site.language)
    name = f"report.{language}.{scheduled.form}"
    return Notice(
        kind=NoticeKind.ANNOUNCED,
        key=issued.subject,
        rule=str(issued.kind),
        severity=Severity.WARNING,
        at=at,
        raised_at=at,
        site=site,
        asset=site.id,
        metric="",
        labels={},
        title=dict.fromkeys(Language, ""),
        consequence=dict.fromkeys(Language, ""),
        action=dict.fromkeys(Language, ""),
        subject=Subject.LIST,
        number=issued.number,
        headline={one: headline(issued, one) for one in Language},
        alerts=0,
        language=scheduled.language,
        attached=str(file_of(state, issued.claim, name)),
        attached_sha256=issued.files.get(name, ""),
    )


def headline(issued: Issued, language: Language) -> str:
    """Return a report in one line: what, of whom, of when, which version."""
    said = words(language)
    writer = Writer(language, Period(issued.since, issued.until, issued.zone))
    about = issued.scope.partition(":")[2] or said("report.site")
    when = f"{writer(Moment(issued.since))} – {writer(Moment(issued.until))}"
    return bare(
        f"{said(f'report.title.{issued.kind}')}, {about}, {when} ({said('report.version')} {issued.number})"
    )


def mailing(issued: Issued, scheduled: Scheduled, site: Site, state: Path, at: float) -> Work:
    """Return the work that says on record that a report was issued, and tells its subscribers of it."""
    if not scheduled.mail:
        return Work(facts=(issued.fact(at=at),), sign=SIGNED)
    notice = notice_of(issued, scheduled, site, state, at)
    told: Body = {
        "told": list(scheduled.mail),
        "message_id": notice.message_id,
        "message_digest": digest(notice.body()),
    }
    messages = (
        Message(name, notice.key, notice.message_id, notice.body(), created=at, due=at)
        for name in scheduled.mail
    )
    return Work(facts=(issued.fact(told, at),), outbox=tuple(messages), sign=SIGNED)
