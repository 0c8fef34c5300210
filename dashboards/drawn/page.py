"""A page that draws one dashboard from its answers, and the browser that makes a picture of it."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from drawn.ask import Database, Series, answers
from drawn.fill import Filling
from drawn.stretch import bridged_by, stretches

PAGE: Final = Path(__file__).with_name("page.html")
CELL: Final = 34
"""Pixels of a unit of height, as the page has it."""
_HEAD: Final = 60


def drawn(board: Mapping[str, Any], database: Database, filling: Filling, language: str) -> str:
    """Return the page of a dashboard with its answers in it."""
    span = filling.span
    panels = [
        panel if panel["type"] == "row" else _answered(panel, database, filling) for panel in board["panels"]
    ]
    said = {
        "title": board["title"],
        "description": board["description"],
        "language": language,
        "start": span.start,
        "end": span.end,
        "step": span.step,
        "marks": _marks(board, database, filling),
        "panels": panels,
    }
    text = json.dumps(said, ensure_ascii=False).replace("</", "<\\/")
    return PAGE.read_text(encoding="utf-8").replace("__DATA__", text)


def _marks(board: Mapping[str, Any], database: Database, filling: Filling) -> list[float]:
    """Return when alerts were raised, in UTC seconds."""
    (marked,) = board["annotations"]["list"]
    asked = {**marked, "refId": "marks"}
    found = database.ask(asked, filling, now=False)
    return sorted({round(one.last / 1000 if "expr" in marked else one.samples[0][0], 1) for one in found})


def _answered(panel: Mapping[str, Any], database: Database, filling: Filling) -> dict[str, Any]:
    step, bridged = filling.of_panel(panel).span.step, bridged_by(panel)
    series = [_plain(one, step, bridged) for one in answers(panel, database, filling)]
    return {**panel, "series": series, "step": step}


def _plain(one: Series, step: float, bridged: float) -> dict[str, Any]:
    samples = [pair for pair in one.samples if math.isfinite(pair[1])]
    parts = stretches(samples, step, bridged)
    return {
        "name": one.name, "ref": one.ref, "labels": dict(one.labels), "samples": samples, "stretches": parts,
    }  # fmt: skip


def height_of(board: Mapping[str, Any]) -> int:
    """Return the height of the page in pixels."""
    return int(max(one["gridPos"]["y"] + one["gridPos"]["h"] for one in board["panels"])) * CELL + _HEAD


def picture(page: Path, out: Path, width: int, height: int, browser: str = "chromium") -> None:
    """Have a headless browser draw a page into a PNG file. Raise CalledProcessError, or TimeoutExpired."""
    command = (
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
        f"--user-data-dir={page.parent / 'browser'}", f"--window-size={width},{height}",
        f"--screenshot={out}", page.resolve().as_uri(),
    )  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603  our own page
