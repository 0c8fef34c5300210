"""PDF/A-3b by typst: the claim and the ledger's lines attached, the same bytes for the same report.

The texts go in as a file of JSON and are never markup: a name with ``#`` in it stays a name. PDF/A wants a
glyph for every character: one that no font here has (Chinese, emoji) stands as a question mark; HTML has it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import fontpkg_noto_sans
import fontpkg_noto_sans_arabic
import typst

from dcim.alerts import Language
from dcim.reports.model import Document
from dcim.reports.render.claim import claim_text
from dcim.reports.sheet import sheet

STANDARD: Final = "a-3b"
_TEMPLATE: Final = Path(__file__).parent / "report.typ"
_MAIN: Final = "main.typ"
_SHEET: Final = "sheet.json"
_MISSING: Final = re.compile(r"the text `\"(.+?)\"` could not be displayed", re.DOTALL)
_ROUNDS: Final = 8
_INSTEAD: Final = "?"


@cache
def _fonts() -> typst.Fonts:
    """Return the fonts, read once: those of the system are not looked at, or two machines would differ."""
    paths = [Path(str(package.ROOT)) for package in (fontpkg_noto_sans, fontpkg_noto_sans_arabic)]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=list(paths))


def _files(document: Document, language: Language) -> dict[str, bytes]:
    return {
        _MAIN: _TEMPLATE.read_bytes(),
        _SHEET: json.dumps(sheet(document, language, paper=True), ensure_ascii=False).encode(),
        "claim.json": claim_text(document).encode(),
        "facts.jsonl": "".join(f"{line}\n" for line in document.evidence).encode(),
    }


def pdf(document: Document, language: Language) -> bytes:
    """Return a report as PDF/A-3b."""
    held = _files(document, language)
    for _ in range(_ROUNDS):
        try:
            return _compiled(held)
        except typst.TypstError as wrong:
            missing = _MISSING.search(str(wrong))
            if missing is None:
                raise
            held[_SHEET] = _without(held[_SHEET], missing[1])
    return _compiled(_plain(held))


def _compiled(held: Mapping[str, bytes]) -> bytes:
    with _written(held) as root:
        made = typst.compile(
            root / _MAIN, root=root, format="pdf", font_paths=_fonts(), pdf_standards=[STANDARD]
        )
    return bytes(made)


@contextmanager
def _written(held: Mapping[str, bytes]) -> Iterator[Path]:
    """Write the files where typst reads them by itself: handed over, each byte takes it 14 of memory."""
    with TemporaryDirectory(prefix="dcim-report-") as folder:
        root = Path(folder)
        for name, data in held.items():
            (root / name).write_bytes(data)
        yield root


def _without(texts: bytes, missing: str) -> bytes:
    """Return texts with a question mark for each character that no font has."""
    found = texts.decode()
    for letter in set(missing):
        if not letter.isascii():
            found = found.replace(letter, _INSTEAD)
    return found.encode()


def _plain(held: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return texts with nothing beyond what every font has: for whoever writes in very many scripts."""
    text = json.dumps(json.loads(held[_SHEET]), ensure_ascii=False)
    known = "".join(letter if ord(letter) < 0x250 or letter in _SET else _INSTEAD for letter in text)
    return {**held, _SHEET: known.encode()}


_SET: Final = frozenset("\u2068\u2069\u202f\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u2212")
"""What our own texts are set with beyond Latin letters."""
