"""Every address that the pages of the documentation name is answered. Pains: L2."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx

from dcim.web.app import build
from dcim.web.entrance.guard import Hosts

ROOT = Path(__file__).parents[2]
FOREIGN = frozenset({"/api/v1/push", "/api/v1/write", "/api/v2/write"})
"""Addresses of others, to which outputs write."""


def _named() -> set[str]:
    """Return the addresses in the pages, without the full stop of a sentence."""
    pages = (ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md"))
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    found = re.findall(r"(?<![\w.])(?:https?://127\.0\.0\.1:\d+)?(/(?:api|-)/[\w/.-]+|/openapi\.json)", text)
    found += re.findall(r"`(/(?:metrics|traps|whatif|live|reports|explain))`", text)
    return {path.rstrip(".") for path in found if not path.endswith("...")}


async def test_every_address_that_the_docs_name_is_answered(view: Any) -> None:
    """All parts that a daemon may lack are there; a method that no address takes is asked for, so that none works."""
    part: Any = object()
    application = build(view, Hosts("127.0.0.1"), part, part, part, part, part, part, part)
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:

        async def answers(path: str) -> bool:
            return (await client.options(path)).status_code == HTTPStatus.METHOD_NOT_ALLOWED

        named = _named() - FOREIGN
        assert len(named) >= 35
        assert [path for path in sorted(named) if not await answers(path)] == []
        assert not await answers("/api/v1/nothing")
