"""A message as a mail: text and HTML, with headers by which duplicates and answers are known. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from typing import Final

from dcim.alerts import ChangeKind, Language, Severity
from dcim.notify import words
from dcim.notify.channel import Letter

_PRIORITY: Final = {Severity.CRITICAL: "1", Severity.MAJOR: "2"}


def compose(letter: Letter, sender: str, to: Sequence[str], language: Language) -> EmailMessage:
    """Return the mail of a message, text and HTML: the same every time, so that a duplicate shows."""
    notice = letter.notice
    mail = EmailMessage()
    mail["Message-ID"] = letter.id
    mail["Date"] = format_datetime(datetime.fromtimestamp(round(notice.at), UTC))
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    mail["Subject"] = " ".join(words.subject(notice, language).split())
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation answers
    mail["Content-Language"] = str(language)
    mail["X-Dcim-Key"] = letter.dedup_key
    if notice.kind is not ChangeKind.RAISED:
        mail["In-Reply-To"] = mail["References"] = notice.raise_id
    if notice.severity in _PRIORITY:
        mail["X-Priority"] = _PRIORITY[notice.severity]
    mail.set_content(_as_text(letter, language))
    mail.add_alternative(_as_html(letter, language), subtype="html")
    return mail


def _as_text(letter: Letter, language: Language) -> str:
    rows = [f"{name}: {text}" for name, text in words.lines(letter.notice, language)]
    return "\n".join([letter.notice.title[language], "", *rows, ""])


def _as_html(letter: Letter, language: Language) -> str:
    rows = "".join(
        f'<tr><th align="left" valign="top">{escape(name)}</th><td>{escape(text)}</td></tr>\n'
        for name, text in words.lines(letter.notice, language)
    )
    title = escape(letter.notice.title[language])
    return (
        f'<!doctype html>\n<html lang="{language}">'
        f'<head><meta charset="utf-8"><title>{title}</title></head>\n'
        f'<body style="font-family:sans-serif"><h2>{title}</h2>\n'
        f'<table cellpadding="4">\n{rows}</table></body></html>\n'
    )
