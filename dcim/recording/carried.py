"""The configuration as a recording carries it: what replaying needs, no secret and nothing that reaches out.

devices, topology, services, rules, routes, maintenance    as they are written, files joined beside each other
secrets                                                    not even where they stand, nor whose they are
channels                                                   their names: nothing leaves when it is replayed
pages, ledger, outputs, peers, database                    left out
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from dcim.model import ConfigError, Problem
from dcim.settings import Settings
from dcim.yaml import Document, Loc, parse, read

MAIN: Final = "dcim.yaml"
_NOT_CARRIED: Final = (
    "web",
    "traps",
    "ledger",
    "database",
    "outputs",
    "peers",
    "reports",
    "history",
    "recordings",
)
_REFERENCE: Final = re.compile(r"(env|file|credential):.+")
LEFT_OUT: Final = "LEFT_OUT"
"""Stands for the user of a credential."""

_NOWHERE: Final = f"env:{LEFT_OUT}"


def texts_of(settings: Settings) -> dict[Path, bytes]:
    """Return the files that a daemon is started from as they are now. Raise OSError."""
    paths = [settings.path, *settings.files[1:], *settings.alerts.rules]
    paths += [one for profiles in settings.profile_dirs for one in _profiles(profiles)]
    return {path: path.read_bytes() for path in paths}


def carried(settings: Settings, texts: Mapping[Path, bytes] | None = None) -> dict[str, bytes]:
    """Return the files of a configuration by name; JSON, which is YAML. Raise ConfigError or OSError.

    ``texts`` are what ``texts_of`` returned; without them the files are read now.
    """
    texts = texts_of(settings) if texts is None else texts
    made: dict[str, bytes] = {}
    for number, path in enumerate(settings.alerts.rules):
        made[f"rules-{number}.yaml"] = texts[path]
    rules = sorted(made)
    profiles = [f"profiles-{number}" for number, _ in enumerate(settings.profile_dirs)]
    for name, path in zip(profiles, settings.profile_dirs, strict=True):
        made |= {f"{name}/{one.relative_to(path)}": texts[one] for one in texts if path in one.parents}
    parts: list[str] = []
    for number, path in enumerate(settings.files[1:]):
        parts.append(f"part-{number}.yaml")
        made[parts[-1]] = _text(_bare(_data(path, texts)))
    main: dict[str, Any] = dict(_bare(_data(settings.path, texts)))
    main = {key: value for key, value in main.items() if key not in _NOT_CARRIED} | {"state": "state"}
    for key, names in (("include", parts), ("profiles", profiles)):
        main.pop(key, None)
        if names:
            main[key] = names
    if isinstance(main.get("alerts"), dict):
        main["alerts"] = main["alerts"] | {"rules": rules}
    if isinstance(main.get("notify"), dict):
        main["notify"] = _told(main["notify"])
    made[MAIN] = _text(main)
    return made


_NAMES_FILES: Final[tuple[Loc, ...]] = (("include",), ("profiles",), ("alerts", "rules"))


def stay_within(path: Path) -> None:
    """Raise ConfigError where a configuration of a recording names files beside itself.

    Ours never do; a recording may come from anybody.
    """
    problems: list[Problem] = []
    for file in sorted(path.parent.glob("*.yaml")):
        document = read(file)
        problems += [one for loc in _NAMES_FILES for one in _leads_out(document, loc, path.parent)]
    if problems:
        raise ConfigError(tuple(problems))


def _leads_out(document: Document, loc: Loc, folder: Path) -> Iterator[Problem]:
    said = document.at(loc) if document.has(loc) else ()
    for name in said if isinstance(said, list) else (said,):
        if isinstance(name, str) and (".." in Path(name).parts or not _inside(folder, name)):
            yield document.problem(loc, f"{name!r} leads out of the recording")


def _inside(folder: Path, name: str) -> bool:
    return (folder / name).resolve().is_relative_to(folder.resolve())


def _data(path: Path, texts: Mapping[Path, bytes]) -> Any:
    return parse(texts[path].decode("utf-8", "replace"), str(path)).data


def _profiles(path: Path) -> list[Path]:
    """Return the profiles of a folder, without the recordings and images beside them."""
    return sorted(one for one in path.rglob("*.yaml") if one.is_file())


def _bare(said: Any) -> Any:
    """Return what a file says without where secrets stand."""
    if isinstance(said, Mapping):
        kept = {str(key): _bare(value) for key, value in said.items() if key != "token"}
        return kept | {"user": LEFT_OUT} if "user" in kept and "protocol" in kept else kept
    if isinstance(said, list | tuple):
        return [_bare(one) for one in said]
    if isinstance(said, str) and _REFERENCE.fullmatch(said):
        return _NOWHERE
    return said


def _told(notify: Mapping[str, Any]) -> dict[str, Any]:
    """Return who is told: of the channels their names are left."""
    channels = notify.get("channels")
    named = [one for one in channels if isinstance(one, Mapping)] if isinstance(channels, list) else []
    return {**notify, "channels": [{"name": one.get("name"), "type": "log"} for one in named]}


def _text(said: Any) -> bytes:
    return (json.dumps(said, indent=1, ensure_ascii=False, default=str) + "\n").encode()
