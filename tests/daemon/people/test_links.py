"""A mail reaches somebody who is on call; its link acknowledges, once, in their name. Pains: H4."""

from __future__ import annotations

import asyncio
import json
import re
import stat
from collections.abc import AsyncIterator, Callable
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from dcim.links import KEY_FILE, Claim, Target, sealed
from dcim.store import reading
from tests.daemon.quick import QUICK
from tests.waiting import until_it

URL = "https://dcim.example.net/noc"
FORM = {"content-type": "application/x-www-form-urlencoded", "origin": "https://dcim.example.net"}


class Mailbox:
    """Keeps the links of the mails that came, by reader."""

    def __init__(self) -> None:
        self.links: dict[str, list[str]] = {}
        self.mails = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        text = mail.get_body(("plain",)).get_content()  # type: ignore[attr-defined]
        self.mails += 1
        for link in re.findall(rf"{URL}(/acknowledge/\S+)", text):
            for reader in envelope.rcpt_tos:
                self.links.setdefault(reader, []).append(link)
        return "250 taken"


@pytest.fixture
async def mailbox() -> AsyncIterator[tuple[Mailbox, int]]:
    box = Mailbox()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(box, hostname="mail.test"), "127.0.0.1", 0
    )
    yield box, server.sockets[0].getsockname()[1]
    server.close()


def mailing(port: int) -> dict[str, Any]:
    to = ["amina@example.org", "karim@example.org"]
    mail = {"name": "mail", "type": "smtp", "host": "127.0.0.1", "port": port, "security": "none", "to": to}
    return {"channels": [{**mail, "from": "dcim@example.org", "test": "off"}]}


def planned(plan_of: Callable[..., Any], port: int, **web: Any) -> Any:
    return plan_of("ups-a", rules=QUICK, notify=mailing(port), web={"listen": "127.0.0.1:0", **web})


async def until(holds: Callable[[], bool]) -> None:
    await until_it(holds, holds.__qualname__)


async def follow(site: Any, link: str, note: str = "") -> httpx.Response:
    """Press the button, through a proxy that asks the daemon by its address."""
    answer: httpx.Response = await site.web.post(link, headers=FORM, content=f"note={note}")
    return answer


@pytest.mark.long
async def test_only_the_button_acknowledges_once_and_in_the_name_of_the_reader(
    plan_of: Callable[..., Any], running: Any, fleet: Any, tmp_path: Path, mailbox: tuple[Mailbox, int]
) -> None:
    """Pains: H2, H4. Scanners that open the link, a second press, another reader, a restart."""
    box, port = mailbox
    fleet.source["ups-a"] = "battery"
    async with running(planned(plan_of, port, url=URL)) as site:
        await until(lambda: len(box.links) == 2)
        (amina,), (karim,) = box.links["amina@example.org"], box.links["karim@example.org"]
        assert amina != karim
        for method in ("HEAD", "GET", "GET", "OPTIONS"):
            assert (await site.web.request(method, amina)).status_code in (200, 405)
        assert [one["acknowledged_by"] for one in await site.get("/incidents")] == [""]
        tampered = amina[:-1] + ("A" if amina[-1] != "A" else "B")
        assert (await follow(site, tampered)).status_code == 404
        assert [one["acknowledged_by"] for one in await site.get("/incidents")] == [""]
        done = await follow(site, amina, "on+my+way")
        assert (done.status_code, "acquitté en votre nom" in done.text or "in your name" in done.text) == (
            200,
            True,
        )
        (incident,) = await site.get("/incidents")
        assert (incident["acknowledged_by"], incident["note"]) == ("amina@example.org", "on my way")
        assert (await follow(site, amina)).status_code == 410
        taken = await follow(site, karim)
        assert (taken.status_code, "amina@example.org" in taken.text) == (200, True)
    assert stat.S_IMODE((tmp_path / "state" / KEY_FILE).stat().st_mode) == 0o600
    with reading(tmp_path / "state") as store:
        (deed,) = [json.loads(one.body) for one in store.facts_about(("deed",))]
        named = {one.pseudonym: one.name for one in store.people()}
    assert (named[deed["who"]], deed["proof"], deed["doing"], deed["alerts"]) == (
        "amina@example.org",
        "link",
        "acknowledge",
        1,
    )
    async with running(planned(plan_of, port, url=URL)) as site:
        assert (await site.web.get(amina)).status_code == 410


@pytest.mark.long
async def test_the_link_of_an_occurrence_that_is_over_acknowledges_no_later_one(
    plan_of: Callable[..., Any], running: Any, fleet: Any, tmp_path: Path, mailbox: tuple[Mailbox, int]
) -> None:
    box, port = mailbox
    async with running(planned(plan_of, port, url=URL)) as site:
        fleet.source["ups-a"] = "battery"
        await until(lambda: bool(box.links))
        (first,) = box.links["amina@example.org"]
        fleet.source["ups-a"] = "normal"

        async def is_over() -> bool:
            return await site.get("/incidents") == []

        await site.until(is_over)
        assert (await site.web.get(first)).status_code == 410
        box.links.clear()
        fleet.source["ups-a"] = "battery"
        await until(lambda: bool(box.links))
        assert (await follow(site, first)).status_code == 410
        assert [one["acknowledged_by"] for one in await site.get("/incidents")] == [""]
        (incident,) = await site.get("/incidents")
        key = (tmp_path / "state" / KEY_FILE).read_bytes()
        expired = Claim(Target.INCIDENT, incident["id"], 1.0, 2.0, "amina@example.org", "mail")
        assert (await follow(site, f"/acknowledge/{sealed(expired, key)}")).status_code == 410
        forged = Claim(Target.INCIDENT, incident["id"], 1.0, 2e9, "amina@example.org", "mail")
        assert (await follow(site, f"/acknowledge/{sealed(forged, b'x' * 32)}")).status_code == 404
        assert [one["acknowledged_by"] for one in await site.get("/incidents")] == [""]


async def test_where_nobody_has_said_how_people_reach_the_page_no_mail_has_a_link(
    plan_of: Callable[..., Any], running: Any, fleet: Any, tmp_path: Path, mailbox: tuple[Mailbox, int]
) -> None:
    box, port = mailbox
    fleet.source["ups-a"] = "battery"
    async with running(planned(plan_of, port)) as site:
        await until(lambda: box.mails > 0)
        assert (await site.web.get("/acknowledge/" + "A" * 100)).status_code == 404
    assert box.links == {}
    assert not (tmp_path / "state" / KEY_FILE).exists()


@pytest.mark.long
async def test_the_names_of_people_with_tokens_are_known_and_not_claimed(
    plan_of: Callable[..., Any], running: Any, fleet: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over the API and by the command, on record for ever. Pains: H4."""
    token = tmp_path / "token"
    token.write_text("t" * 24)
    channels = [{"name": "log", "type": "log", "file": str(tmp_path / "told.jsonl")}]
    people = {"amina": {"name": "Amina B.", "token": f"file:{token}"}}
    plan = plan_of("ups-a", rules=QUICK, notify={"channels": channels, "people": people})
    fleet.source["ups-a"] = "battery"
    async with running(plan) as site:

        async def is_open() -> bool:
            return len(await site.get("/incidents")) == 1

        await site.until(is_open)
        (incident,) = await site.get("/incidents")
        path = f"/api/v1/incidents/{incident['id']}/acknowledge"
        assert (await site.web.post(path, json={"who": "amina"})).status_code == 401
        bearer = {"authorization": f"Bearer {'t' * 24}"}
        said = (await site.web.post(path, json={"who": "director"}, headers=bearer)).json()
        assert (said["who"], said["proof"]) == ("amina", "token")
        assert (await site.web.post(path, json={}, headers=bearer)).status_code == 409
        (incident,) = await site.get("/incidents")
        assert incident["acknowledged_by"] == "amina"
    with reading(tmp_path / "state") as store:
        (deed,) = [json.loads(one.body) for one in store.facts_about(("deed",))]
        named = {one.pseudonym: one.name for one in store.people()}
    assert (named[deed["who"]], deed["proof"], deed["login"] in named) == ("amina", "token", True)
