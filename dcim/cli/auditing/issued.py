"""Having a report issued by the running daemon, and fetching it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import typer

from dcim.cli.talking.talk import NO_DAEMON, ask, tell
from dcim.late import httpx
from dcim.reports.wish import Wish

_PATIENCE: Final = 1000.0
"""Seconds in which something must move: more than the daemon lets one report take."""
_TURNS: Final = (0.1, 0.2, 0.4, 1.0)
"""Seconds between two questions how far a report is: soon at first."""

_FOUND_PROBLEMS: Final = 1
_UNLIKE: Final = (409, 410)
"""How a daemon answers for a file that was altered or lost after it was issued."""


def issued(url: str, wish: Wish, who: str, name: str, step: Callable[[str], None]) -> bytes:
    """Return a file of a report that the daemon issues, or issued before with the same figures.

    Ends with exit code 1 when it cannot be made, 2 when nobody could as it was asked for, 3 without a daemon.
    """
    order = {"kind": str(wish.kind), "scope": wish.scope, "period": wish.period, "who": who}
    if wish.since:
        order |= {"start": wish.since, "end": wish.until}
    said, refused = tell(url, "/reports", order)
    if refused:
        _give_up(refused)
    report = _followed(url, str(said["job"]), step)
    step("fetching")
    return _fetched(url, report["claim"], name)


def _followed(url: str, job: str, step: Callable[[str], None]) -> Any:
    """Return the report once it is issued; give up when nothing has moved for ``_PATIENCE``."""
    ends, last = 0.0, ""
    turns = iter(_TURNS)
    while not last or time.monotonic() < ends:
        said = ask(url, f"/reports/jobs/{job}")
        if said["report"] is not None:
            return said["report"]
        if said["progress"] == "refused":
            raise typer.BadParameter(said["why"])
        if said["why"]:
            _give_up(said["why"])
        if (now := _far(said)) != last:
            ends, last = time.monotonic() + _PATIENCE, now
        step(now)
        time.sleep(next(turns, _TURNS[-1]))
    _give_up(f"the report is not ready: {last} for {_PATIENCE:g} s")
    return None


def _far(said: Any) -> str:
    """Return how far a report is, in words."""
    if ahead := said.get("ahead", 0):
        return f"waiting: {ahead} other report{'s' * (ahead > 1)} first"
    return str(said["step"] or said["progress"])


def _fetched(url: str, claim: str, name: str) -> bytes:
    try:
        answer = httpx.get(f"{url.rstrip('/')}/api/v1/reports/{claim}/{name}", timeout=60.0, trust_env=False)
        if answer.status_code in _UNLIKE:
            _give_up(str(answer.json()["detail"]))
        answer.raise_for_status()
    except httpx.HTTPError as why:
        typer.echo(f"dcim: the report was issued and cannot be fetched: {why}", err=True)
        raise typer.Exit(NO_DAEMON) from None
    return answer.content


def _give_up(why: str) -> None:
    typer.echo(f"dcim: {why}", err=True)
    raise typer.Exit(_FOUND_PROBLEMS)
