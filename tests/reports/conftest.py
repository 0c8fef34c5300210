"""A document with one block of every kind, and names that are hard to set."""

from __future__ import annotations

from dcim.ledger import Head
from dcim.reports.model import (
    Bars,
    Code,
    Column,
    Curve,
    Document,
    Face,
    Facts,
    Figure,
    Figures,
    Heat,
    Kind,
    Length,
    Line,
    Moment,
    Name,
    Note,
    Number,
    Paragraph,
    Period,
    Ratio,
    Say,
    Section,
    Signatures,
    Stretch,
    Table,
    Timeline,
    Tone,
    Word,
)

SECOND = 1_000_000
DAY = 86_400 * SECOND
SINCE = 1_790_809_200 * SECOND  # 2026-10-01 00:00 in Casablanca
UNTIL = SINCE + 31 * DAY
ARABIC = "شركة الأطلس"
TITLE = Say("report.title.uptime")


def face(**more: object) -> Face:
    held: dict[str, object] = {
        "kind": Kind.UPTIME,
        "site": "cas1",
        "site_name": "Casablanca 1 – الدار البيضاء",
        "scope": "tenant:x",
        "subject": Name(ARABIC),
        "period": Period(SINCE, UNTIL, "Africa/Casablanca"),
        "made_at": UNTIL + 3600 * SECOND + 123_456,
        "software": "0.1.0",
        "head": Head("cas1", "c0ffee", 3, 12345, "ab" * 32),
    }
    return Face(**{**held, **more})  # type: ignore[arg-type]


def document(**more: object) -> Document:
    timeline = Timeline(
        "when",
        TITLE,
        SINCE,
        UNTIL,
        (
            (
                Name(ARABIC),
                (Stretch(SINCE, SINCE + 9 * DAY, Tone.GOOD), Stretch(SINCE + 9 * DAY, UNTIL, Tone.UNKNOWN)),
            ),
            (
                Name("Salle 1 #[x] <b>&"),
                (
                    Stretch(SINCE, SINCE + 5 * DAY, Tone.GOOD),
                    Stretch(SINCE + 5 * DAY, SINCE + 5 * DAY + 9 * SECOND, Tone.BAD),
                    Stretch(SINCE + 5 * DAY + 9 * SECOND, SINCE + 20 * DAY, Tone.WARNING),
                    Stretch(SINCE + 20 * DAY, UNTIL, Tone.PLANNED),
                ),
            ),
        ),
        ((Tone.GOOD, Say("report.none")), (Tone.UNKNOWN, Say("report.unknown"))),
    )
    heat = Heat(
        "heat",
        TITLE,
        tuple(SINCE + DAY // 2 + day * DAY for day in range(31)),
        tuple(
            tuple(None if day == 3 else float((day * hour) % 11) for hour in range(24)) for day in range(31)
        ),
        10.0,
        "minutes",
    )
    at = tuple(SINCE + hour * 3600 * SECOND for hour in range(744))
    values = tuple(None if 300 < hour < 360 else 40.0 + (hour % 24) for hour in range(744))
    line = Line(
        Name(ARABIC),
        at,
        values,
        tuple(v and v - 5 for v in values),
        tuple(v and v + 5 for v in values),
    )
    curve = Curve("curve", TITLE, "kilowatts", SINCE, UNTIL, (line,), ((Say("report.unknown"), 70.0),))
    bars = Bars(
        "bars",
        TITLE,
        (
            (Name(ARABIC), 1234.5, Number(1234.5, "kilowatt_hours", 1), Tone.PLAIN),
            (Name("B"), 3.0, Number(3), Tone.BAD),
        ),
    )
    columns = (
        Column(Say("report.sign.name"), weight=2),
        Column(Say("report.face.made")),
        Column(Say("report.page"), "right"),
    )
    rows = (
        (Name('=HYPERLINK("x")'), Moment(SINCE, 15 * SECOND), Number(1234.5, "kilowatt_hours", 1)),
        (Name(f"#set page(fill: red) {ARABIC}"), Length(3_725 * SECOND), Ratio(999_999, 1_000_000)),
        (Code("cd" * 32), Word("device", "ups"), None),
    )
    blocks = (
        Paragraph(TITLE),
        Note(Say("report.face.supersedes"), Tone.BAD),
        Figures((Figure(TITLE, Ratio(1, 3), TITLE, Tone.GOOD), Figure(TITLE, None, tone=Tone.UNKNOWN))),
        Facts(((TITLE, Code("ef" * 32)), (TITLE, Number(-0.0, "celsius", 1)))),
        Table("t", TITLE, columns, rows),
        Table("u", TITLE, columns, ()),
        timeline,
        heat,
        curve,
        bars,
        Signatures((Say("report.sign.manager"), Say("report.sign.auditor"))),
    )
    return Document(face(**more), (Section(TITLE, blocks),), {"a": {"b": [1, "</script>"]}}, ('{"x":1}',))
