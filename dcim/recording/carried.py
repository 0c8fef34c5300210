"""The configuration as a recording carries it: what replaying needs, no secret and nothing that reaches out.

devices, topology, services, rules, routes, maintenance    as they are written, files joined beside each other
secrets                                                    not even where they stand
channels                                                   their names: nothing leaves when it is replayed
pages, ledger, outputs, peers, database                    left out
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from dcim.settings import Settings
from dcim.yaml import read

MAIN: Final = "dcim.yaml"
_LEFT_OUT: Final = ("web", "traps", "ledger", "database", "outputs", "peers", "reports", "history")
_REFERENCE: Final = re.compile(r"(env|file|credential):.+")
_NOWHERE: Final = "env:LEFT_OUT"


def carried(settings: Settings) -> dict[str, bytes]:
    """Return the files of a configuration by name; JSON, which is YAML. Raise ConfigError or OSError."""
    folder, made = settings.path.parent, dict[str, bytes]()
    rules = list(_copies("rules", settings.alerts.rules, made))
    profiles = [f"profiles-{number}" for number, _ in enumerate(settings.profile_dirs)]
    for name, path in zip(profiles, settings.profile_dirs, strict=True):
        made |= {f"{name}/{one.relative_to(path)}": one.read_bytes() for one in _profiles(path)}
    parts: list[str] = []
    for number, path in enumerate(settings.files[1:]):
        parts.append(f"part-{number}.yaml")
        made[parts[-1]] = _text(_bare(read(folder / path).data))
    main: dict[str, Any] = dict(_bare(read(settings.path).data))
    main = {key: value for key, value in main.items() if key not in _LEFT_OUT} | {"state": "state"}
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


def _copies(kind: str, paths: tuple[Path, ...], made: dict[str, bytes]) -> Iterator[str]:
    for number, path in enumerate(paths):
        name = f"{kind}-{number}.yaml"
        made[name] = path.read_bytes()
        yield name


def _profiles(path: Path) -> list[Path]:
    """Return the profiles of a folder, without the recordings and images beside them."""
    return sorted(one for one in path.rglob("*.yaml") if one.is_file())


def _bare(said: Any) -> Any:
    """Return what a file says without where secrets stand."""
    if isinstance(said, Mapping):
        return {str(key): _bare(value) for key, value in said.items() if key != "token"}
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
