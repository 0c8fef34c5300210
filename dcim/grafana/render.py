"""Writes dashboards and provisioning for a site into a folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dcim.alerts import Language
from dcim.grafana.names import Names, named
from dcim.grafana.provisioning import Place, Source, provisioning
from dcim.resources import resource


def render(out: Path, names: Names, place: Place, source: Source, language: Language) -> Sequence[Path]:
    """Write everything under ``out`` and return the files; what else is there stays. Raise OSError."""
    boards = out / "dashboards"
    place = replace(place, dashboards=str(boards.resolve()))
    names = replace(names, source=source.uid)
    texts = {
        boards / path.name: _text(path, names)
        for path in sorted(resource("dashboards", source.folder, language).glob("*.json"))
    }
    for name, text in provisioning(place, source).items():
        texts[out / "provisioning" / name] = text
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(texts)


def _text(path: Path, names: Names) -> str:
    board = named(json.loads(path.read_text(encoding="utf-8")), names)
    return json.dumps(board, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
