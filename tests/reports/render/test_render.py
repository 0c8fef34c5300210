"""What a report looks like in every form: the same bytes, no markup from names, no formula, nothing outside."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from dcim.alerts import Language
from dcim.evidence.verifier.main import kept_head
from dcim.late import late
from dcim.ledger import Head
from dcim.reports.model import Code, Column, Curve, Facts, Line, Name, Number, Say, Section, Table
from dcim.reports.render import Form, render
from dcim.reports.render.claim import claim_digest
from dcim.reports.render.pdf import STANDARD
from dcim.reports.sheet import EXCERPT, PRINTED, sheet

from ..conftest import ARABIC, DAY, SINCE, TITLE, UNTIL, document  # noqa: TID252

if TYPE_CHECKING:
    import pypdf
else:
    pypdf = late("pypdf")  # collecting the tests needs none

FR = Language.FR


@pytest.mark.parametrize("form", list(Form))
def test_the_same_report_has_the_same_bytes(form: Form) -> None:
    """Pains: G4."""
    assert render(document(), form, FR) == render(document(), form, FR)
    other = document(number=2)
    assert render(other, form, FR) != render(document(), form, FR)


def test_a_pdf_is_an_archive_with_its_claim_and_the_facts_inside() -> None:
    """Pains: G4."""
    reader = pypdf.PdfReader(io.BytesIO(render(document(), Form.PDF, FR)))
    attached = {name: data[0] for name, data in reader.attachments.items()}
    assert set(attached) == {"claim.json", "facts.jsonl"}
    assert json.loads(attached["claim.json"]) == document().claim
    assert attached["facts.jsonl"] == b'{"x":1}\n'
    xmp = reader.xmp_metadata
    assert xmp is not None
    held = xmp.stream.get_data() if hasattr(xmp.stream, "get_data") else b""
    assert STANDARD == "a-3b"
    assert b"<pdfaid:part>3</pdfaid:part>" in held
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in held


def test_a_name_is_never_read_as_markup_and_stands_in_the_pdf_as_it_is() -> None:
    text = "\n".join(
        page.extract_text() for page in pypdf.PdfReader(io.BytesIO(render(document(), Form.PDF, FR))).pages
    )
    assert "#set page(fill: red)" in text
    assert "=HYPERLINK" in text


def test_a_page_needs_nothing_else_and_lets_no_name_become_markup() -> None:
    class Seen(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.tags: set[str] = set()
            self.links: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.tags.add(tag)
            self.links += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]

    text = render(document(), Form.HTML, FR).decode()
    seen = Seen()
    seen.feed(text)
    assert not seen.links
    assert "@import" not in text
    assert "url(http" not in text
    assert text.count("</script>") == 1  # that of the claim itself: the one inside the claim is written apart
    assert "<b>&" not in text
    assert ARABIC in text
    claim = text.partition('id="claim">')[2].partition("</script>")[0]
    assert json.loads(claim) == document().claim


def test_a_spreadsheet_takes_no_name_for_a_formula() -> None:
    raw = render(document(), Form.CSV, FR)
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\n") == raw.count(b"\r\n")
    lines = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert ['\'=HYPERLINK("x")', "2026-09-30T23:00:00.000000Z", "1234.5"] in lines
    cells = [cell for line in lines for cell in line]
    assert not [
        cell
        for cell in cells
        if cell.startswith(("=", "+", "@")) or (cell.startswith("-") and cell != "-0.0")
    ]


def test_json_is_in_no_language_and_carries_the_digest_of_its_claim() -> None:
    body = json.loads(render(document(), Form.JSON, FR))
    assert body == json.loads(render(document(), Form.JSON, Language.EN))
    assert body["claim"] == document().claim
    assert body["claim_sha256"] == claim_digest(document())
    figures = body["sections"][0]["blocks"][2]["items"]
    assert figures[0]["value"] == {"type": "ratio", "part": 1, "whole": 3, "digits": 4}
    assert figures[1]["value"] is None


@pytest.mark.long
def test_a_character_that_no_font_has_costs_itself_and_not_the_report() -> None:
    subject = Name("北京 → 🙂 ﷽ Ωμέγα Привет שלום")
    text = "\n".join(
        page.extract_text()
        for page in pypdf.PdfReader(io.BytesIO(render(document(subject=subject), Form.PDF, FR))).pages
    )
    assert "??" in text
    assert "Ωμέγα Привет" in text
    assert "北京" in render(document(subject=subject), Form.HTML, FR).decode()


def test_a_name_in_every_script_at_once_still_gives_a_pdf() -> None:
    subject = Name("".join(chr(code) for code in range(0x3400, 0x3400 + 80 * 40, 40)) + "é")
    assert render(document(subject=subject), Form.PDF, FR).startswith(b"%PDF")


def test_what_is_copied_out_of_a_pdf_is_what_went_in() -> None:
    """Pains: K1."""
    head = Head("cas1", "dc1d4d0993ba1810", 2, 374, "7d15cb54" * 8)
    command = f"python3 OUT/verify.py OUT --head '{head}'"
    facts = Facts(((TITLE, Code(command)), (TITLE, Code("0f" * 64))))
    made = replace(document(head=head), sections=(Section(TITLE, (facts,)),))
    read = pypdf.PdfReader(io.BytesIO(render(made, Form.PDF, FR)))
    text = "".join(page.extract_text() for page in read.pages)
    lines = text.replace(" \n", "\n").splitlines()
    assert not {"\u200b", "\u00ad", "\u2060"} & set(text)
    assert head.hash in lines
    assert command in " ".join(lines)
    copied = text[text.index("cas1 dc1d") : text.index(head.hash) + 64]
    assert "\n" in copied
    assert Head.parse(copied) == kept_head(copied) == head
    assert "0f" * 64 in text.replace("\n", "")


@pytest.mark.parametrize("count", [PRINTED, PRINTED + 1])
def test_paper_has_the_first_rows_of_a_long_table_and_says_where_the_others_are(count: int) -> None:
    rows = tuple((Name(f"service {number}"),) for number in range(count))
    long = Table("t", None, (Column(Say("report.page")),), rows)
    made = replace(document(), sections=(Section(Say("report.none"), (long,)),))
    paper, whole = (sheet(made, FR, paper=on)["sections"][0]["blocks"][0] for on in (True, False))
    assert (len(whole["rows"]), whole["note"]) == (count, "")
    if count > PRINTED:
        said = "Sont imprimées les 100 premières lignes sur 201\N{NARROW NO-BREAK SPACE}; les formes"
        assert len(paper["rows"]) == EXCERPT
        assert paper["note"].startswith(said)
    else:
        assert paper == whole
    assert f"service {count - 1}".encode() in render(made, Form.CSV, FR)


def test_a_sheet_says_beside_the_title_of_a_table_that_it_lists_not_all() -> None:
    note = Say("report.uptime.more", (Number(9), Number(1)))
    cut = Table("t", Say("report.page"), (Column(Say("report.page")),), ((Name("one"),),), note=note)
    made = replace(document(), sections=(Section(Say("report.none"), (cut,)),))
    raw = render(made, Form.CSV, Language.EN).decode("utf-8-sig")
    title, _, row = list(csv.reader(io.StringIO(raw, newline="")))[-3:]
    assert title[1:] == ["9 in all, the first 1 are listed; the attached claim holds all."]
    assert row == ["one"]


def test_one_value_between_two_gaps_is_drawn() -> None:
    """An hour that alone was measured: a line needs two points, so it was not to be seen. Pains: G4."""
    lone = Line(Name("a"), (SINCE, SINCE + DAY, SINCE + 2 * DAY), (None, 40.0, None), (None, 38.0, None), (None, 43.0, None))  # fmt: skip
    curve = Curve("curve", TITLE, "kilowatts", SINCE, UNTIL, (lone,))
    page = render(replace(document(), sections=(Section(TITLE, (curve,)),)), Form.HTML, FR).decode()
    assert page.count('r="1.6"') == 1
    assert page.count('fill-opacity="0.4"') == 1
    whole = replace(lone, values=(39.0, 40.0, 41.0), low=(38.0,) * 3, high=(43.0,) * 3)
    page = render(replace(document(), sections=(Section(TITLE, (replace(curve, lines=(whole,)),)),)), Form.HTML, FR).decode()  # fmt: skip
    assert ('r="1.6"' in page, "<polyline " in page, "<polygon " in page) == (False, True, True)
