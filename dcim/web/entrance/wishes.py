"""What people write into a wish, before it is taken: one legible line, and an answer that can be written.

A name or a note goes to pages, mails and terminals of others. Control characters, line ends and marks that
turn the direction of writing are refused, as in the configuration.
"""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import AfterValidator

from dcim.model import legible

_MOST: Final = 20
_LONGEST: Final = 240


def _one_line(text: str) -> str:
    stripped = text.strip()
    if legible(stripped) != stripped:
        msg = "one line of text, without control characters and marks that nobody sees"
        raise ValueError(msg)
    return stripped


Said: TypeAlias = Annotated[str, AfterValidator(_one_line)]
"""A text that others read: stripped, and one legible line."""


async def refused(request: Request, wrong: RequestValidationError) -> Response:
    """Say what is wrong where; what was sent is not said again: it may be what no JSON can hold."""
    del request
    detail = [
        {"loc": [_plain(part) for part in error["loc"]], "msg": _plain(error["msg"]), "type": error["type"]}
        for error in wrong.errors()[:_MOST]
    ]
    return JSONResponse({"detail": detail}, status_code=422)


def _plain(part: object) -> object:
    return part if isinstance(part, int) else legible(str(part))[:_LONGEST]
