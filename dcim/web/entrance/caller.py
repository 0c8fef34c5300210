"""Who wishes something, and how that is known: by a token, by the operating system, or because they say so.

With tokens in the configuration nobody does anything without one. Then the name that counts is that of the
token's person, whatever the request says.
"""

from __future__ import annotations

import asyncio
from typing import Final

from fastapi import HTTPException, Request

from dcim.alerts import Proof
from dcim.web.entrance.login import End, login_of
from dcim.web.view.acting import Caller
from dcim.web.view.view import View

_SCHEME: Final = "bearer"
_ASKS: Final = {"WWW-Authenticate": 'Bearer realm="dcim"'}


async def caller_of(request: Request, view: View, who: str) -> Caller:
    """Return who wishes something; ``who`` as they call themselves. Raise 401 for whom is not known."""
    login = await asyncio.to_thread(login_of, _end(request, "client"), _end(request, "server"))
    if view.has_tokens:
        person = view.person_of(_token(request))
        if not person:
            raise HTTPException(401, "this needs the token of a person (notify.people)", _ASKS)
        return Caller(person, Proof.TOKEN, login)
    if not who:
        raise HTTPException(422, "say who you are: it is recorded")
    return Caller(who, Proof.LOGIN if who == login else Proof.CLAIMED, login)


async def reader_of(request: Request, view: View) -> Caller:
    """Return who reads something, as far as that is known: by a token, by the operating system, or not."""
    login = await asyncio.to_thread(login_of, _end(request, "client"), _end(request, "server"))
    person = view.person_of(_token(request)) if view.has_tokens else ""
    return Caller(person or login, Proof.TOKEN if person else Proof.LOGIN, login)


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == _SCHEME else ""


def _end(request: Request, which: str) -> End | None:
    found = request.scope.get(which)
    return (str(found[0]), int(found[1] or 0)) if found else None
