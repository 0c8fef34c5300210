"""CSV after RFC 4180: one table after the other, each under its title, with its note beside. Pure.

UTF-8 with a byte order mark, so that spreadsheets read accents; comma and CRLF. A text that a spreadsheet
would take for a formula gets an apostrophe before it (CWE-1236). Numbers and moments are for machines: a
decimal point, base units in the title of their column, RFC 3339 in UTC.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from dcim.alerts import Language
from dcim.reports.model import (
    Date,
    Document,
    Facts,
    Figure,
    Figures,
    Length,
    List,
    Microseconds,
    Moment,
    Number,
    Ratio,
    Table,
    Value,
)
from dcim.reports.replayed import marks
from dcim.reports.say import Writer, bare
from dcim.reports.sheet import face_facts, title_of

_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def rows(document: Document, language: Language) -> bytes:
    """Return the tables and key figures of a report as CSV."""
    writer = Writer(language, document.face.period)
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows(_lines(document, writer))
    return ("\ufeff" + file.getvalue()).encode()


def _lines(document: Document, writer: Writer) -> Iterator[list[str]]:
    face = document.face
    yield [safe(writer(title_of(face)))]
    yield from ([cell(one, writer)] for one in marks(face))
    yield [safe(face.site_name or face.site), cell(face.subject, writer)]
    yield [_rfc3339(face.period.since), _rfc3339(face.period.until), face.period.zone]
    yield from ([cell(label, writer), cell(value, writer)] for label, value in face_facts(face))
    for section in document.sections:
        for block in section.blocks:
            match block:
                case Table():
                    yield []
                    note = [cell(block.note, writer)] if block.note else []
                    yield [cell(block.title or section.title, writer), *note]
                    yield [cell(column.title, writer) for column in block.columns]
                    yield from ([cell(value, writer) for value in row] for row in block.rows)
                case Figures():
                    yield []
                    yield [cell(section.title, writer)]
                    yield from (_figure(one, writer) for one in block.items)
                case Facts():
                    yield []
                    yield [cell(section.title, writer)]
                    yield from ([cell(label, writer), cell(value, writer)] for label, value in block.items)
                case _:
                    continue


def _figure(one: Figure, writer: Writer) -> list[str]:
    """Return a figure; one that is not stated with the reason and the bounds beside it."""
    line = [cell(one.label, writer), cell(one.value, writer)]
    return line if one.value is not None or one.hint is None else [*line, cell(one.hint, writer)]


def cell(value: Value, writer: Writer) -> str:
    """Return a value as a machine reads it; empty where there is none."""
    match value:
        case None:
            return ""
        case Number():
            return repr(value.value)
        case Ratio():
            return repr(value.part / value.whole) if value.whole else ""
        case Moment():
            return _rfc3339(value.at)
        case Date():
            return value.day
        case Length():
            return f"{value.lasts / 1e6:.6f}"
        case List():
            return safe("; ".join(bare(writer(one)) for one in value.values))
        case _:
            return safe(bare(writer(value)))


def safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_DANGEROUS) else text


def _rfc3339(at: Microseconds) -> str:
    there = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
    return there.isoformat(timespec="microseconds").replace("+00:00", "Z")
