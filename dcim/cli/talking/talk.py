"""Talking to the running daemon over its API, from the commands that do."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer

from dcim.late import httpx
from dcim.secret import SecretRef, Unresolved, resolve
from dcim.wall import twice
from dcim.words import Words

NO_DAEMON: Final = 3
_WHERE: Final = "DCIM_TOKEN"
"""The variable that says where the token of whoever types is: ``file:/path``."""

DEFAULT: Final = "http://127.0.0.1:8480"
_USER: Final = re.compile(r"//[^/]*@")


def _whole(url: str) -> str:
    """Return an address with its scheme: ``noc-1:8480`` is meant as ``http://noc-1:8480``."""
    return url if "://" in url else f"http://{url}"


Url = Annotated[
    str,
    typer.Option(
        "--url", envvar="DCIM_URL", metavar="URL", help="Where the daemon serves its API.", callback=_whole
    ),
]
Json = Annotated[bool, typer.Option("--json", help="JSON for scripts.")]


def _shown(url: str) -> str:
    """Return an address as it may be shown: without name and password."""
    return _USER.sub("//", url)


def ask(url: str, path: str, **query: str) -> Any:
    """Return what the daemon answers; end with exit code 3 when there is none, saying where we looked."""
    try:
        answer = httpx.get(
            f"{url.rstrip('/')}/api/v1{path}", params=query, headers=_token(), timeout=5.0, trust_env=False
        )
        answer.raise_for_status()
        return answer.json()
    except httpx.InvalidURL as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--url") from None
    except httpx.HTTPStatusError as wrong:
        typer.echo(f"dcim: {_shown(url)} answered {wrong.response.status_code}: is that a dcim?", err=True)
    except (httpx.HTTPError, ValueError) as why:
        typer.echo(
            f"dcim: no daemon answers at {_shown(url)} ({why}). Start one with 'dcim run', or give --url",
            err=True,
        )
    raise typer.Exit(NO_DAEMON)


def look_up(url: str, path: str, **query: str) -> tuple[Any, dict[str, Any] | None]:
    """Return what the daemon answers, and what it says where it knows nothing of the path: its detail.

    Ends with exit code 3 as ``ask`` does.
    """
    try:
        answer = httpx.get(f"{url.rstrip('/')}/api/v1{path}", params=query, timeout=15.0, trust_env=False)
        said = answer.json()
    except (httpx.HTTPError, ValueError):
        return ask(url, path, **query), None
    detail = said.get("detail") if isinstance(said, dict) else None
    if answer.status_code == httpx.codes.NOT_FOUND and isinstance(detail, dict):
        return None, detail
    return (said, None) if answer.is_success else (ask(url, path, **query), None)


def download(url: str, path: str) -> bytes:
    """Return a file that the daemon gives; end with exit code 3 when there is no daemon, or no such file."""
    try:
        answer = httpx.get(
            f"{url.rstrip('/')}/api/v1{path}", headers=_token(), timeout=300.0, trust_env=False
        )
        answer.raise_for_status()
    except httpx.HTTPError as why:
        typer.echo(f"dcim: {_shown(url)}{path}: {_shown(str(why))}", err=True)
        raise typer.Exit(NO_DAEMON) from None
    return answer.content


def inquire(url: str, path: str, query: Mapping[str, Any], said: Words) -> Any:
    """Return what the daemon answers to a question; end with 2 for one that makes no sense.

    Ends with 1, the daemon's words and names that are near, where it knows nothing of it; with 3 without one.
    """
    target = f"{url.rstrip('/')}/api/v1{path}"
    try:
        answer = httpx.get(target, params=dict(query), headers=_token(), timeout=90.0, trust_env=False)
        told = answer.json()
    except (httpx.HTTPError, ValueError):
        return ask(url, path)
    if answer.is_success:
        return told
    detail = told.get("detail") if isinstance(told, dict) else None
    if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
        raise typer.BadParameter(str(detail if isinstance(detail, str) else detail and detail[0]["msg"]))
    if isinstance(detail, dict):
        typer.echo(f"dcim: {detail['why']}", err=True)
        if detail.get("nearest"):
            typer.echo(f"dcim: {said('explain.nearest', ', '.join(detail['nearest']))}", err=True)
        raise typer.Exit(1)
    typer.echo(f"dcim: {_shown(url)} answered {answer.status_code}: is that a dcim?", err=True)
    raise typer.Exit(NO_DAEMON)


def _token() -> dict[str, str]:
    """Return what shows the daemon whose wish it is; nothing where no token is named."""
    written = os.environ.get(_WHERE, "")
    if not written:
        return {}
    try:
        return {"Authorization": f"Bearer {resolve(SecretRef.parse(written), os.environ)}"}
    except (Unresolved, ValueError) as wrong:
        msg = f"{_WHERE}: {wrong}"
        raise typer.BadParameter(msg) from None


def tell(url: str, path: str, body: Mapping[str, Any]) -> tuple[Any, str]:
    """Return what the daemon answers to a wish, and why it refused it, empty where it did not.

    Where ``DCIM_TOKEN`` says where a token is, it is shown. Ends with exit code 3 when no daemon answers, or
    something that is none.
    """
    target, headers = f"{url.rstrip('/')}/api/v1{path}", _token()
    try:
        answer = httpx.post(target, json=dict(body), headers=headers, timeout=15.0, trust_env=False)
        said = answer.json()
    except (httpx.HTTPError, ValueError) as why:
        typer.echo(f"dcim: no daemon answers at {_shown(url)} ({why})", err=True)
        raise typer.Exit(NO_DAEMON) from None
    if answer.is_success:
        return said, ""
    told = said.get("detail") if isinstance(said, dict) else None
    if isinstance(told, list):  # what a field must look like
        told = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in told)
    return {}, str(told or f"{_shown(url)} answered {answer.status_code}")


def local(moment: str, zone: str) -> str:
    """Return a moment of the API as the people of the site read it, with its offset where that is needed."""
    shown = datetime.fromisoformat(moment).astimezone(ZoneInfo(zone))
    return shown.strftime("%Y-%m-%d %H:%M:%S%z" if twice(shown) else "%Y-%m-%d %H:%M:%S")


def age(seconds: float) -> str:
    """Write an age in its largest unit."""
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {name}"
    return f"{int(seconds)} s"
