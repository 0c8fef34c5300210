"""Writes dashboards and provisioning for a site into a folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from dcim.alerts import Language
from dcim.grafana.names import Names, named
from dcim.grafana.page import OURS
from dcim.grafana.provisioning import Place, Source, is_generated, provisioning
from dcim.record import replace
from dcim.resources import resource


class Foreign(Exception):
    """Where a file would be written one stands that is none of ours; the text names it."""


def render(out: Path, names: Names, place: Place, source: Source, language: Language) -> Sequence[Path]:
    """Write everything under ``out`` and return the files; what else is there stays.

    Raise Foreign before anything is written, OSError.
    """
    boards = out / "dashboards"
    place = replace(place, dashboards=str(boards.resolve()))
    names = replace(names, source=source.uid)
    texts = {
        boards / path.name: _text(path, names)
        for path in sorted(resource("dashboards", source.folder, language).glob("*.json"))
    }
    for name, text in provisioning(place, source).items():
        texts[out / "provisioning" / name] = text
    for path in texts:
        if not _is_ours(path):
            raise Foreign(str(path))
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(texts)


def _is_ours(path: Path) -> bool:
    """Whether a file may be written: none is there, or one that is empty or ours. Raise OSError."""
    if not path.is_file():
        return True
    try:
        there = path.read_text(encoding="utf-8")
        if not there or path.suffix != ".json":
            return not there or is_generated(there)
        return str(json.loads(there)["uid"]).startswith(OURS)
    except (ValueError, TypeError, KeyError):
        return False


def _text(path: Path, names: Names) -> str:
    board = named(json.loads(path.read_text(encoding="utf-8")), names)
    return json.dumps(board, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
