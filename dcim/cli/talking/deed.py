"""What the commands that do something to alerts share: who it is, whom they mean, how they ask."""

from __future__ import annotations

import json
import os
import pwd
import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import quote

import typer

from dcim.cli.talking.talk import ask, look_up, tell
from dcim.yaml.length import seconds

REFUSED: Final = 1
_ACKNOWLEDGE: Final = "acknowledge"

_NOBODY: Final = "no alert and no device is called so"

_SHORT: Final = 6
"""Digits of a key that are enough to name an alert, as long as they are unambiguous."""


_KEY: Final = re.compile(rf"[0-9a-f]{{{_SHORT},64}}")


def user() -> str:
    """Return the login of whoever types; empty where the system has no name for it."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ""


def _named(who: str) -> str:
    if not who.strip():
        msg = "say who you are: it is recorded"
        raise typer.BadParameter(msg)
    return who


Who: TypeAlias = Annotated[
    str,
    typer.Option(
        "--who",
        envvar="DCIM_WHO",
        default_factory=user,
        callback=_named,
        show_default="your login",
        help="Who does it; it is recorded, and how that is known. Where people have tokens, DCIM_TOKEN says "
        "where yours is (file:/path), and that name counts.",
    ),
]


def _time(written: str | None) -> str | None:
    if written is not None:
        try:
            seconds(written)
        except ValueError as wrong:
            raise typer.BadParameter(str(wrong)) from None
    return written


Lasts: TypeAlias = Annotated[
    str | None, typer.Option("--for", metavar="TIME", callback=_time, help="How long: 30min, 4h.")
]


Limit: TypeAlias = Annotated[
    str, typer.Option("--for", metavar="TIME", callback=_time, help="How long: 30min, 4h. No shelf without.")
]


def do(
    url: str,
    doing: str,
    targets: Iterable[str],
    order: Mapping[str, Any],
    *,
    rule: str = "",
    as_json: bool = False,
) -> None:
    """Do something to each target; end with exit code 1 when one is refused, after the others were done."""
    lasts = order.get("seconds")
    said = {**order, "seconds": None if lasts is None else seconds(lasts)}
    listed, devices = ask(url, "/alerts"), {one["id"] for one in ask(url, "/devices")}
    results = []
    for target in targets:
        takes_over = bool(said.get("note") or said.get("seconds"))
        paths, refused = _paths(target, rule, listed, devices, doing, takes_over=takes_over)
        if refused == _NOBODY and doing == _ACKNOWLEDGE and _KEY.fullmatch(target.lower()):
            paths, refused = _of_the_past(url, target.lower())
        changes: list[Any] = []
        for path in paths:
            told, why = tell(url, f"{path}/{doing}", {**said, **({"rule": rule} if rule else {})})
            refused = refused or why
            changes += told.get("changes", [])
        results.append({"target": target, "ok": not refused, "why": refused, "changes": changes})
    if as_json:
        typer.echo(json.dumps(results, ensure_ascii=False))
    else:
        for one in results:
            typer.echo(_line(one), err=not one["ok"])
    raise typer.Exit(0 if all(one["ok"] for one in results) else REFUSED)


def _paths(
    target: str,
    rule: str,
    listed: Sequence[Mapping[str, Any]],
    devices: Container[str],
    doing: str,
    *,
    takes_over: bool,
) -> tuple[list[str], str]:
    """Return where a target is in the API. ``takes_over``: also what somebody has acknowledged is meant."""
    if doing == _ACKNOWLEDGE and target not in devices:
        ids = {one.get("incident", "") for one in listed}
        meant = {name for name in ids if _means(target, name)}
        if len(meant) == 1 and not any(_means(target, one["key"]) for one in listed):
            mine = [one for one in listed if one.get("incident") in meant]
            by = dict.fromkeys(one["acknowledged_by"] for one in mine)
            if all(by) and not takes_over:
                said = f"all its alerts are acknowledged already, by {', '.join(by)}"
                return [], f"{said}; with --note or --for you take over"
            return [f"/incidents/{meant.pop()}"], ""
        if meant:
            return [], "several incidents or alerts begin so: give more digits"
    path, why = _path(target, rule, listed, devices)
    if why == _NOBODY and any(_means(target, one.get("incident") or "") for one in listed):
        why = "this is an incident: name its alerts or a device"
    return [path] if path else [], why


def _of_the_past(url: str, target: str) -> tuple[list[str], str]:
    """Return where an incident is in the API that is open no more, or why there is nothing to do."""
    known, _ = look_up(url, f"/explain/{target}")
    if known is None:
        return [], _NOBODY
    if known["kind"] == "incident":
        return [f"/incidents/{known['id']}"], ""
    return [], "it is over, and does not wait to be seen"


def _path(
    target: str, rule: str, listed: Iterable[Mapping[str, Any]], devices: Container[str]
) -> tuple[str, str]:
    """Return where a target is in the API, or why there is none."""
    if target in devices:
        return f"/devices/{quote(target, safe='')}", ""
    if rule:
        return "", "no device of this name, and only a device has rules"
    keys = sorted({one["key"] for one in listed if _means(target, one["key"])})
    if len(keys) == 1:
        return f"/alerts/{keys[0]}", ""
    return "", "several alerts begin so: give more digits" if keys else _NOBODY


def _means(target: str, key: str) -> bool:
    return len(target) >= _SHORT and key.startswith(target.lower())


def _line(one: Mapping[str, Any]) -> str:
    if not one["ok"]:
        return f"dcim: {one['target']}: {one['why']}"
    kinds = Counter(change["change"].replace("_", " ") for change in one["changes"])
    said = [kind if number == 1 else f"{number} alerts {kind}" for kind, number in kinds.items()]
    return f"{one['target']}: {', '.join(said) or 'done: nothing is wrong there now'}"
