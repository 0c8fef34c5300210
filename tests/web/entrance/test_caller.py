"""Who did it: with tokens nobody is taken at their word. Pains: H4."""

from __future__ import annotations

import os
import pwd
import socket
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from dcim.alerts import Proof
from dcim.web.entrance.login import login_of

KEY = "a" * 64
TOKEN = "t" * 24
WISHES: list[tuple[str, dict[str, Any]]] = [
    (f"/api/v1/alerts/{KEY}/acknowledge", {}),
    (f"/api/v1/incidents/{KEY}/acknowledge", {}),
    ("/api/v1/devices/ups-a/shelve", {"note": "x", "seconds": 60}),
    ("/api/v1/oncall/on-call", {"person": "amina", "end": "2026-12-01T00:00:00Z"}),
    ("/api/v1/maintenance", {"id": "w", "reason": "x", "end": "2026-12-01T00:00:00Z", "everything": True}),
]


@pytest.mark.parametrize(("path", "order"), WISHES)
@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {TOKEN}"}, {"authorization": TOKEN}],
)
async def test_where_people_have_tokens_nothing_is_done_without_one(
    client: httpx.AsyncClient, view: Any, path: str, order: dict[str, Any], headers: dict[str, str]
) -> None:
    view.tokens = {TOKEN: "amina"}
    answer = await client.post(path, json={"who": "amina", **order}, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert (view.deeds, view.wishes) == ([], [])


async def test_a_token_says_who_whatever_name_is_given(client: httpx.AsyncClient, view: Any) -> None:
    view.tokens = {TOKEN: "amina"}
    bearer = {"authorization": f"bearer {TOKEN}"}
    for who in ({"who": "director"}, {}):
        said = await client.post(f"/api/v1/alerts/{KEY}/acknowledge", json=who, headers=bearer)
        assert (said.json()["who"], said.json()["proof"]) == ("amina", "token")
    assert {(deed.who, deed.proof) for deed in view.deeds} == {("amina", Proof.TOKEN)}


async def test_without_tokens_a_name_is_a_claim_and_is_recorded_as_one(
    client: httpx.AsyncClient, view: Any
) -> None:
    await client.post(f"/api/v1/alerts/{KEY}/acknowledge", json={"who": "Amina"})
    assert [(deed.who, deed.proof, deed.login) for deed in view.deeds] == [("Amina", Proof.CLAIMED, "")]


async def test_an_incident_is_meant_by_its_id(client: httpx.AsyncClient, view: Any) -> None:
    await client.post(f"/api/v1/incidents/{KEY}/acknowledge", json={"who": "Amina", "note": "on it"})
    (deed,) = view.deeds
    assert (deed.incident, deed.target.key, deed.about, deed.note) == (KEY, "", KEY, "on it")
    assert (await client.post("/api/v1/incidents/x/acknowledge", json={"who": "A"})).status_code == 422
    assert (await client.post(f"/api/v1/incidents/{KEY}/shelve", json={"who": "A"})).status_code == 404


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_kernel_says_from_which_user_of_this_machine_a_connection_comes(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as server, socket.socket(family) as client:
        try:
            server.bind((host, 0))
        except OSError:
            pytest.skip("no loopback of this kind here")
        server.listen()
        client.connect(server.getsockname())
        end, mine = server.getsockname()[:2], client.getsockname()[:2]
        assert login_of(mine, end) == pwd.getpwuid(os.geteuid()).pw_name
        assert login_of((mine[0], mine[1] ^ 1), end) == ""


def test_who_comes_from_elsewhere_has_no_login_here(tmp_path: Path) -> None:
    ends = ("192.0.2.7", 4000), ("192.0.2.1", 8480)
    assert login_of(*ends) == ""
    assert login_of(None, ("127.0.0.1", 1)) == ""
    assert login_of(("127.0.0.1", 0), ("127.0.0.1", 1)) == ""
    assert login_of(("not an address", 1), ("127.0.0.1", 1)) == ""
    assert login_of(("127.0.0.1", 1), ("127.0.0.1", 2), [tmp_path / "none"]) == ""


def test_a_row_of_the_kernel_is_read_in_the_order_of_the_machine(tmp_path: Path) -> None:
    """A socket of a user whom no directory knows has a number; one that listens is nobody's question."""
    address = f"{int.from_bytes(socket.inet_aton('127.0.0.1'), sys.byteorder):08X}"
    table = tmp_path / "tcp"
    table.write_text(
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        f"   0: {address}:0FA0 {address}:2120 0A 00000000:00000000 00:00000000 00000000  7 0 1 1\n"
        "   1: broken\n"
        f"   2: {address}:0FA0 {address}:2120 01 00000000:00000000 00:00000000 00000000  4294900000 0 1 1\n"
    )
    ends = ("127.0.0.1", 4000), ("127.0.0.1", 8480)
    assert login_of(*ends, [table]) == "uid 4294900000"
    assert login_of(("::ffff:127.0.0.1", 4000), ends[1], [table]) == "uid 4294900000"
