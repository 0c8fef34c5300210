"""Recordings over the API: what is kept of raw answers, keep a time, end it, take it along as one file."""

from __future__ import annotations

import asyncio
import tarfile
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Annotated, Final, Protocol

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, Field

from dcim.model import DcimError
from dcim.recording.manifest import Manifest
from dcim.settings.values.written import fits
from dcim.web.api.duty import Order
from dcim.web.entrance.caller import caller_of
from dcim.web.entrance.wishes import Said
from dcim.web.shapes.shapes import moment
from dcim.web.view.acting import Caller
from dcim.web.view.view import View

_PIECE: Final = 1 << 16
_BLOCK: Final = tarfile.BLOCKSIZE
PATH: Final = "/api/v1/recordings"


class Keeper(Protocol):
    """What keeps raw answers."""

    def listed(self) -> Sequence[Manifest]:
        """Return what is kept or being made, the newest first."""
        ...

    def keep(self, wish: Wish, caller: Caller) -> Manifest:
        """Keep a time; raise DcimError for what makes no sense."""
        ...

    def stop(self, name: str, caller: Caller) -> None:
        """End a recording that goes on; raise DcimError where there is none."""
        ...

    def files(self, name: str) -> Iterator[tuple[str, Path]]:
        """Yield the files of a recording by their names in it; none where there is none."""
        ...


class Wish(Order):
    """From when to when raw answers of which devices are to be kept, and why."""

    name: Annotated[
        str,
        fits(
            r"[a-z0-9][a-z0-9-]{0,62}", "a small letter or digit, then small letters, digits or -; 63 at most"
        ),
    ]
    start: AwareDatetime
    end: AwareDatetime
    devices: list[str] = Field(default_factory=list, description="none: all")
    why: Said = Field(default="", max_length=400)


class End(Order):
    """A recording is to end now."""


class Recorded(BaseModel):
    """A recording."""

    name: str
    start: datetime
    end: datetime = Field(description="of one that goes on: when it will end")
    complete: bool = Field(description="false: it goes on")
    cut_off: datetime | None = Field(
        description="until when it was to go on, if the daemon or its disk ended it before; null: it is whole"
    )
    devices: int
    incident: str = Field(description="the incident that it was kept for; empty: somebody asked for it")
    why: str
    bytes: int


def recordings(view: View, keeper: Keeper) -> APIRouter:
    """Return the routes over what keeps recordings."""
    router = APIRouter(prefix=PATH)

    @router.get("")
    async def listed(incident: str = "") -> list[Recorded]:
        """Return what is kept of raw answers, or of one incident, the newest first."""
        found = [one for one in keeper.listed() if not incident or one.incident.startswith(incident)]
        return await asyncio.to_thread(lambda: [_shown(one, keeper) for one in found])

    @router.post("")
    async def keep(request: Request, wish: Wish) -> Recorded:
        """Keep raw answers of a time, of which the last minutes may be over and all may be to come."""
        caller = await caller_of(request, view, wish.who)
        try:
            return _shown(keeper.keep(wish, caller), keeper)
        except DcimError as why:
            raise HTTPException(422, str(why)) from why

    @router.post("/{name}/end")
    async def end(request: Request, name: str, order: End) -> list[Recorded]:
        """End a recording that goes on."""
        caller = await caller_of(request, view, order.who)
        try:
            keeper.stop(name, caller)
        except DcimError as why:
            raise HTTPException(422, str(why)) from why
        return await listed()

    _fetching(router, keeper)
    return router


def _fetching(router: APIRouter, keeper: Keeper) -> None:
    @router.get("/{name}.tar")
    async def fetched(name: str) -> StreamingResponse:
        """Return a recording that is complete, as one tar file."""
        found = next((one for one in keeper.listed() if one.name == name), None)
        if found is None:
            raise HTTPException(404, f"no recording {name!r}")
        if not found.complete:
            raise HTTPException(409, f"recording {name!r} is still being made")
        files = list(keeper.files(name))
        headers = {"Content-Disposition": f'attachment; filename="{name}.tar"'}
        return StreamingResponse(_tar(name, files), media_type="application/x-tar", headers=headers)


async def _tar(name: str, files: Sequence[tuple[str, Path]]) -> AsyncIterator[bytes]:
    """Yield a tar file piece by piece."""
    for inside, path in files:
        data = await asyncio.to_thread(path.read_bytes)
        info = tarfile.TarInfo(f"{name}/{inside}")
        info.size, info.mode = len(data), 0o600
        yield info.tobuf(tarfile.USTAR_FORMAT)
        source = BytesIO(data + bytes(-len(data) % _BLOCK))
        while piece := source.read(_PIECE):
            yield piece
    yield bytes(2 * _BLOCK)


def _shown(one: Manifest, keeper: Keeper) -> Recorded:
    return Recorded(
        name=one.name,
        start=moment(one.start),
        end=moment(one.end),
        complete=one.complete,
        cut_off=moment(one.cut_off) if one.cut_off else None,
        devices=len(one.devices),
        incident=one.incident,
        why=one.why,
        bytes=sum(_size(path) for _, path in keeper.files(one.name)),
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
