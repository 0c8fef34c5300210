"""What a sweep found as a part of a configuration: an included file that ``dcim check`` accepts. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import Any, Final

from dcim.cli.onboarding.sweep import Answer
from dcim.model import Kind
from dcim.yaml import Document

HEAD: Final = "# Devices that dcim discover found; include this file from the configuration.\nformat: 1\n"

_PLAIN: Final = re.compile(r"[a-z][a-z0-9_.-]*|\d+\.\d+\.\d+\.\d+(:\d+)?")
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_UNFIT: Final = re.compile(r"[^a-z0-9_.-]+")
_LONGEST: Final = 48
_NAMELESS: Final = frozenset({"", "localhost", "unknown", "not-set", "noname", "ups", "pdu", "snmp", "none"})
_KINDS: Final = frozenset(map(str, Kind))


def ordered(answers: Iterable[Answer]) -> list[Answer]:
    """Return answers by address: what is written does not depend on who answered first."""
    return sorted(answers, key=lambda one: (ip_address(one.address.host), one.address.port, _unit(one)))


def _unit(one: Answer) -> tuple[int, str]:
    """Return by what the devices behind one address are in order: 2 before 10."""
    texts = [str(value) for value in one.options.values()]
    return (int(texts[0]) if texts and texts[0].isdecimal() else 0, " ".join(texts))


def entries(answers: Iterable[Answer], taken: Collection[str]) -> Iterator[str]:
    """Yield the text of each device, a comment for each that no profile fits. ``taken`` are ids in use."""
    used = set(taken)
    for one in ordered(answers):
        if not one.profiles or one.identity.kind not in _KINDS:
            yield f"  # {stranger(one)}\n"
            continue
        name = _id(one, used)
        used.add(name)
        yield _entry(one, name)


def stranger(one: Answer) -> str:
    """Say who answers where no profile fits or it was not found out in time, on one line."""
    if one.late:
        return f"{one.address} answers {one.way.how}, and does not say in time who it is: see --timeout"
    said = ", ".join(f"{name} {text}" for name, text in one.greeting.items()) or "nothing of who it is"
    return " ".join(f"{one.address} answers {one.way.how}, no profile fits; it says {said}".split())


def _entry(one: Answer, name: str) -> str:
    who = " ".join(filter(None, (one.identity.vendor, one.identity.model, one.identity.firmware)))
    fields: dict[str, Any] = {
        "id": name,
        "kind": one.identity.kind,
        "collector": one.way.plugin.name,
        "address": str(one.address),
    }
    if one.way.credential is not None:
        fields["credential"] = one.way.credential.name
    fields["profile"] = one.profiles[0] if len(one.profiles) == 1 else list(one.profiles)
    lines = [f"{key}: {scalar(value)}" for key, value in fields.items()]
    if one.options:
        own = ", ".join(f"{key}: {scalar(value)}" for key, value in one.options.items())
        lines.append(f"{one.way.plugin.name}: {{ {own} }}")
    return (
        f"  # {' '.join(who.split()) or 'a device that does not say who it is'}\n  - "
        + "\n    ".join(lines)
        + "\n"
    )


def _id(one: Answer, used: Collection[str]) -> str:
    """Return an id by the device's own name, or by its address where that is none or taken."""
    own = _UNFIT.sub("-", one.greeting.get("sysName", "").lower()).strip("-._")[:_LONGEST].rstrip("-._")
    where = _UNFIT.sub("-", str(one.address).replace(".", "-")).strip("-")
    if own in _NAMELESS or not own[0].isalpha():
        own = f"{one.identity.kind.replace('_', '-')}-{where}"
    which = "-".join(map(str, one.options.values()))
    names = (own, f"{own}-{where}", f"{own}-{where}-{which}")
    return next((name for name in names if name not in used), names[-1])


def scalar(value: Any) -> str:
    """Return a value as YAML: plain where that is safe, else as JSON, which YAML is too."""
    if isinstance(value, list):
        return f"[{', '.join(map(scalar, value))}]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


def section(credentials: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the section of credentials; nothing where there is none."""
    if not credentials:
        return ""
    lines = [
        f"  {name}: {{ {', '.join(f'{key}: {scalar(value)}' for key, value in fields.items())} }}\n"
        for name, fields in credentials.items()
    ]
    return "credentials:\n" + "".join(lines)


def written(before: str, document: Document | None, found: Sequence[str], head: str) -> str:
    """Return the file with what was found; one that is there already keeps every line and gets more below.

    Raise ValueError where something stands below its devices: what is added there would be no device.
    """
    if document is None:
        return head + ("devices:\n" if _any(found) else "devices: []\n") + "".join(found)
    fresh = [text for text in found if text not in before]
    if not fresh:
        return before
    data = document.data if isinstance(document.data, dict) else {}
    if list(data)[-1:] != ["devices"] or not isinstance(data["devices"], list):
        msg = "it does not end with a list of devices"
        raise ValueError(msg)
    if not data["devices"]:
        before = before.replace("devices: []", "devices:" if _any(fresh) else "devices: []")
    return before.rstrip("\n") + "\n" + "".join(fresh)


def _any(found: Sequence[str]) -> bool:
    """Whether a device is among what was found: where no profile fits there is a comment alone."""
    return any("\n  - " in text for text in found)
