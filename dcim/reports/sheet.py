"""A report in one language, as plain data: what PDF and HTML are set from, with every text final. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from dcim.alerts import Language
from dcim.reports.draw import draw
from dcim.reports.model import (
    Bars,
    Block,
    Code,
    Curve,
    Document,
    Face,
    Facts,
    Figures,
    Heat,
    Moment,
    Name,
    Note,
    Number,
    Paragraph,
    Say,
    Signatures,
    Table,
    Timeline,
    Value,
)
from dcim.reports.replayed import marks
from dcim.reports.say import Writer

Sheet: TypeAlias = Mapping[str, Any]
"""Texts and drawings, JSON-like."""


PRINTED: Final = 200
"""Rows of a table that are printed on paper at most."""

EXCERPT: Final = 100
"""Rows that are printed of a table that is longer: nobody signs what nobody reads."""


def sheet(document: Document, language: Language, paper: bool = False) -> Sheet:
    """Return a report as people of a language read it; ``paper``: of a long table only its first rows."""
    writer = Writer(language, document.face.period)
    face = document.face
    made = writer.local(face.made_at)
    title = writer(title_of(face))
    return {
        "language": str(language),
        "title": title,
        "site": writer(Name(face.site_name or face.site)),
        "subject": writer(face.subject),
        "period": period_said(face, writer),
        "marks": [writer(one) for one in marks(face)],
        "facts": [[writer(label), _set(value, writer)] for label, value in face_facts(face)],
        "made": [made.year, made.month, made.day, made.hour, made.minute, made.second],
        "foot": writer(Say("report.foot", (Name(face.site_name or face.site), title_of(face)))),
        "page": writer.words.text("report.page"),
        "sections": [
            {"title": writer(one.title), "blocks": [_block(block, writer, paper) for block in one.blocks]}
            for one in document.sections
        ],
    }


def title_of(face: Face) -> Say:
    """Return what stands over a report."""
    title = Say(f"report.title.{face.kind}")
    return Say("report.title.replayed", (title,)) if face.replay else title


def period_said(face: Face, writer: Writer) -> str:
    """Return the period as people read it; its end is said as the moment up to which it goes."""
    period = face.period
    return writer(Say("report.period", (Moment(period.since), Moment(period.until), Name(period.zone))))


def face_facts(face: Face) -> tuple[tuple[Say, Value], ...]:
    """Return what the first page states of the report itself."""
    head: Value = Code(str(face.head)) if face.head else None
    rows: list[tuple[Say, Value]] = [
        (Say("report.face.made"), Moment(face.made_at)),
        (Say("report.face.version"), Say("report.face.number", (Name(str(face.number)),))),
    ]
    if face.supersedes:
        rows.append((Say("report.face.supersedes"), Code(face.supersedes)))
    rows.append((Say("report.face.record"), Say(f"report.face.{'issued' if face.issued else 'unissued'}")))
    rows += [(Say("report.face.software"), Name(f"dcim {face.software}")), (Say("report.face.head"), head)]
    return tuple(rows)


def _set(value: Value, writer: Writer) -> dict[str, Any]:
    """Return a value with how it is to be set."""
    return {"text": writer(value), "code": isinstance(value, Code)}


def _block(block: Block, writer: Writer, paper: bool) -> dict[str, Any]:
    match block:
        case Paragraph():
            return {"type": "paragraph", "text": writer(block.text)}
        case Note():
            return {"type": "note", "text": writer(block.text), "tone": str(block.tone)}
        case Figures() | Facts():
            return _figures(block, writer)
        case Table():
            return _table(block, writer, paper)
        case Timeline() | Heat() | Curve() | Bars():
            return {"type": "chart", "title": writer(block.title), "svg": draw(block, writer), "id": block.id}
        case Signatures():
            said = [writer.words.text(f"report.sign.{word}") for word in ("name", "date", "signature")]
            return {"type": "signatures", "roles": [writer(role) for role in block.roles], "said": said}


def _figures(block: Figures | Facts, writer: Writer) -> dict[str, Any]:
    if isinstance(block, Facts):
        return {
            "type": "facts",
            "items": [[writer(label), _set(value, writer)] for label, value in block.items],
        }
    items = [
        {
            "label": writer(item.label),
            "value": writer(item.value),
            "hint": writer(item.hint) if item.hint else "",
            "tone": str(item.tone),
        }
        for item in block.items
    ]
    return {"type": "figures", "items": items}


def _table(block: Table, writer: Writer, paper: bool) -> dict[str, Any]:
    rows, notes = block.rows, [block.note] if block.note else []
    if paper and len(rows) > PRINTED:
        rows = rows[:EXCERPT]
        notes.append(Say("report.printed", (Number(len(rows)), Number(len(block.rows)))))
    return {
        "type": "table",
        "id": block.id,
        "title": writer(block.title) if block.title else "",
        "columns": [
            {"title": writer(one.title), "align": one.align, "weight": one.weight} for one in block.columns
        ],
        "rows": [[_set(value, writer) for value in row] for row in rows],
        "empty": writer(block.empty),
        "note": " ".join(map(writer, notes)),
    }
