"""A message as a mail: text and HTML, with headers by which duplicates and answers are known. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from mimetypes import guess_type
from pathlib import Path
from typing import Final

from dcim.alerts import Language, Severity
from dcim.model import DcimError
from dcim.notify.channel import Letter, Stage
from dcim.notify.notices.notice import Notice
from dcim.notify.notices.told import NoticeKind
from dcim.notify.wording import text, words
from dcim.words import words as vocabulary

_SHOWN: Final = 12
"""Digits of the key that people see; the whole key is in the text part and in ``X-Dcim-Key``."""

_NAME: Final = "color:#5a6875;font-weight:normal;width:35%"
_TEXT: Final = "overflow-wrap:anywhere;word-break:break-word"
_COLOURS: Final = {
    Severity.CRITICAL: "#c0182b",
    Severity.MAJOR: "#c0182b",
    Severity.MINOR: "#b26a00",
    Severity.WARNING: "#b26a00",
}
_CLEARED: Final = "#1b7f5a"
_BUTTON: Final = (
    "display:inline-block;padding:10px 20px;background:#1f4e79;color:#ffffff;text-decoration:none;"
    "border-radius:4px"
)
_TAKE: Final = {Language.EN: "Acknowledge", Language.FR: "Acquitter"}
_LINK: Final = {
    Language.EN: "the link opens a page with a button; it is for you alone and works once",
    Language.FR: "le lien ouvre une page avec un bouton ; il est pour vous seul et ne sert qu’une fois",
}
_PRIORITY: Final = {Severity.CRITICAL: "1", Severity.MAJOR: "2"}


class AttachedAltered(DcimError):
    """The file that a mail should carry is not the one that was issued: the mail is not sent."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} was altered after it was issued: put it back from a backup")


def compose(
    letter: Letter, sender: str, to: Sequence[str], language: Language, link: str = ""
) -> EmailMessage:
    """Return the mail of a message, text and HTML: the same every time, so that a duplicate shows.

    ``link``: by which its reader acknowledges; such a mail is for one of ``to`` alone. ``language``: of
    the channel; a notice may have its own.
    """
    notice = letter.notice
    language = Language(notice.language) if notice.language else language
    mail = EmailMessage()
    mail["Message-ID"] = letter.id
    mail["Date"] = format_datetime(datetime.fromtimestamp(round(notice.at), UTC))
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    mail["Subject"] = text.line(words.subject(notice, language))
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation answers
    mail["Content-Language"] = str(language)
    mail["X-Dcim-Key"] = letter.dedup_key
    if letter.stage not in (Stage.TRIGGER, Stage.INFORM):
        mail["In-Reply-To"] = mail["References"] = notice.raise_id
    if notice.severity in _PRIORITY:
        mail["X-Priority"] = _PRIORITY[notice.severity]
    mail.set_content(_as_text(letter, language, link))
    mail.add_alternative(_as_html(letter, language, link), subtype="html")
    if notice.attached:
        _attach(mail, notice)
    return mail


def _attach(mail: EmailMessage, notice: Notice) -> None:
    """Put a file into a mail; one that is gone leaves the mail as it is: its text says where it is kept.

    Raises ``AttachedAltered`` for one that is another than was issued.
    """
    try:
        data = Path(notice.attached).read_bytes()
    except OSError:
        return
    if notice.attached_sha256 and sha256(data).hexdigest() != notice.attached_sha256:
        raise AttachedAltered(Path(notice.attached).name)
    name = _file_name(notice)
    main, _, sub = (guess_type(name)[0] or "application/octet-stream").partition("/")
    mail.add_attachment(data, maintype=main, subtype=sub, filename=name)


def _file_name(notice: Notice) -> str:
    """Return what an attached file is called: by the site and what it is, not by where it is kept."""
    return f"{notice.site.id}-{notice.rule}{Path(notice.attached).suffix}"


def is_answerable(letter: Letter) -> bool:
    """Return whether a message asks for somebody who takes care: it stands, and nobody has."""
    asks = letter.stage in (Stage.TRIGGER, Stage.UPDATE) and not letter.is_test
    return asks and not letter.notice.acknowledged


def _as_text(letter: Letter, language: Language, link: str) -> str:
    colon = vocabulary(language)("colon") + " "
    take = ["", f"{_TAKE[language]}{colon}{_LINK[language]}", link] if link else []
    said = text.sentences(letter, language)
    return "\n".join([text.line(words.title(letter.notice, language)), "", *said, *take, ""])


def _take(language: Language, link: str) -> str:
    """Return the way to the page that acknowledges; opening it does nothing yet."""
    if not link:
        return ""
    return (
        f'<p><a href="{escape(link)}" style="{_BUTTON}">{escape(_TAKE[language])}</a></p>\n'
        f'<p style="color:#5a6875">{escape(_LINK[language])}</p>\n'
    )


def _as_html(letter: Letter, language: Language, link: str) -> str:
    """Return a page as narrow as a phone: what is long and has no blanks breaks, the key is shortened."""
    notice = letter.notice
    said = ((name, _shortened(value, notice.key)) for name, value in text.rows(letter, language))
    rows = "".join(
        f'<tr><th align="left" valign="top" style="{_NAME}">{escape(name)}</th>'
        f'<td valign="top" style="{_TEXT}">{value}</td></tr>\n'
        for name, value in said
    )
    title = escape(text.line(words.title(notice, language)))
    colour = _CLEARED if notice.kind is NoticeKind.CLEARED else _COLOURS[notice.severity]
    return (
        f'<!doctype html>\n<html lang="{language}">'
        f'<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title></head>\n"
        f'<body style="font-family:sans-serif;margin:0 auto;max-width:40em">'
        f'<h2 style="border-left:6px solid {colour};padding-left:10px">{title}</h2>\n'
        f'<table cellpadding="4" width="100%">\n{rows}</table>\n{_take(language, link)}</body></html>\n'
    )


def _shortened(value: str, key: str) -> str:
    """Return a text as HTML; of the key the first digits, which are enough to tell alerts apart by eye."""
    if value != key:
        return escape(value)
    return f'<span title="{escape(key)}">{escape(key[:_SHOWN])}…</span>'
