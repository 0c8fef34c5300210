"""PDF/A-3b by typst: the claim and the ledger's lines attached, the same bytes for the same report.

The texts go in as a file of JSON and are never markup: a name with ``#`` in it stays a name.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import fontpkg_noto_sans
import fontpkg_noto_sans_arabic
import typst

from dcim.alerts import Language
from dcim.reports.model import Document
from dcim.reports.render.claim import claim_text
from dcim.reports.sheet import sheet

_TEMPLATE: Final = Path(__file__).parent / "report.typ"
STANDARD: Final = "a-3b"


@cache
def _fonts() -> typst.Fonts:
    """Return the fonts, read once: those of the system are not looked at, or two machines would differ."""
    paths = [Path(str(package.ROOT)) for package in (fontpkg_noto_sans, fontpkg_noto_sans_arabic)]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(paths))


def _files(document: Document, language: Language) -> dict[str, bytes]:
    return {
        "main.typ": _TEMPLATE.read_bytes(),
        "sheet.json": json.dumps(sheet(document, language), ensure_ascii=False).encode(),
        "claim.json": claim_text(document).encode(),
        "facts.jsonl": "".join(f"{line}\n" for line in document.evidence).encode(),
    }


def pdf(document: Document, language: Language) -> bytes:
    """Return a report as PDF/A-3b."""
    held: Any = _files(document, language)  # a project of several files: more than its stub knows of
    return bytes(typst.compile(held, format="pdf", font_paths=_fonts(), pdf_standards=[STANDARD]))


def pictures(document: Document, language: Language, dots: float = 110) -> list[bytes]:
    """Return the pages of a report as PNG, for looking at."""
    held: Any = _files(document, language)
    made: Any = typst.compile(held, format="png", ppi=dots, font_paths=_fonts())
    return made if isinstance(made, list) else [made]
