"""Recordings over the API: who may ask for one, what is refused, and the file that is taken along. Pains: F10, H4."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from dcim.alerts import Proof
from dcim.model import DcimError
from dcim.recording.manifest import Manifest
from dcim.web import Caller, View
from dcim.web.api.recordings import Wish
from dcim.web.app import build
from dcim.web.entrance.guard import Hosts

from ..conftest import NOW, FakeView  # noqa: TID252

TOKEN = "t" * 24
WISH = {"name": "feed-work", "start": "2026-11-26T14:00:00+01:00", "end": "2026-11-26T14:20:00+01:00"}


@dataclass
class Shelf:
    """Fulfils ``dcim.web.api.recordings.Keeper``: a recording that is complete, and one that goes on."""

    folder: Path
    kept: list[Manifest] = field(
        default_factory=lambda: [
            Manifest("going", "cas1", NOW - 10.0, NOW + 90.0, ("ups-a",)),
            Manifest("incident-3f2a91c0e1b2", "cas1", NOW - 900.0, NOW - 60.0, ("ups-a", "pdu"),
                     "an incident", "3f2a91c0e1b2" + "0" * 52, complete=True),
        ]
    )  # fmt: skip
    wanted: list[tuple[Wish, Caller]] = field(default_factory=list)
    ended: list[tuple[str, Caller]] = field(default_factory=list)

    def listed(self) -> Sequence[Manifest]:
        return self.kept

    def keep(self, wish: Wish, caller: Caller) -> Manifest:
        if "nobody" in wish.devices:
            raise DcimError("no device that can be recorded: nobody")
        self.wanted.append((wish, caller))
        return replace(self.kept[0], name=wish.name)

    def stop(self, name: str, caller: Caller) -> None:
        if name != "going":
            raise DcimError(f"no recording {name!r}")
        self.ended.append((name, caller))

    def files(self, name: str) -> Iterator[tuple[str, Path]]:
        if any(one.name == name for one in self.kept):
            for path in sorted(self.folder.rglob("*.*")):
                yield str(path.relative_to(self.folder)), path


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    (tmp_path / "config").mkdir()
    for name, data in (
        ("manifest.json", b"{}"),
        ("0001.tape", bytes(range(256)) * 700),
        ("config/a.yaml", b""),
    ):
        (tmp_path / name).write_bytes(data)
    return Shelf(tmp_path)


@pytest.fixture(scope="module")
def shelved() -> Callable[[Shelf, FakeView], AbstractAsyncContextManager[httpx.AsyncClient]]:
    """Return a client of an application that is made once, over the shelf of whichever test runs."""

    class Now:
        def __init__(self) -> None:
            self.one: Any = FakeView()

        def __getattr__(self, name: str) -> Any:
            return getattr(self.one, name)

    view, keeper = Now(), Now()
    keeper.one = Shelf(Path())
    app = build(cast("View", view), Hosts("127.0.0.1", ("site",), ""), keeper=cast("Any", keeper))

    def made(shelf: Shelf, seen: FakeView) -> httpx.AsyncClient:
        view.one, keeper.one = seen, shelf
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://site/api/v1")

    return made


async def test_what_is_kept_is_listed_and_that_of_an_incident_is_found(
    shelved: Any, shelf: Shelf, view: FakeView
) -> None:
    async with shelved(shelf, view) as web:
        one, two = (await web.get("/recordings")).json()
        assert (one["complete"], two["complete"], two["devices"], two["bytes"]) == (False, True, 2, 179202)
        (found,) = (await web.get("/recordings", params={"incident": "3f2a91c0"})).json()
        assert found["name"] == "incident-3f2a91c0e1b2"
        assert (await web.get("/recordings", params={"incident": "ffff"})).json() == []


async def test_where_people_have_tokens_nothing_is_recorded_without_one(
    shelved: Any, shelf: Shelf, view: FakeView
) -> None:
    view.tokens = {TOKEN: "amina"}
    async with shelved(shelf, view) as web:
        for headers in ({}, {"authorization": "Bearer wrong"}):
            for path, order in (("", WISH), ("/going/end", {})):
                said = await web.post(f"/recordings{path}", json={"who": "amina", **order}, headers=headers)
                assert said.status_code == 401
        assert (shelf.wanted, shelf.ended) == ([], [])
        bearer = {"authorization": f"Bearer {TOKEN}"}
        for path, order in (("", WISH), ("/going/end", {})):
            said = await web.post(f"/recordings{path}", json={"who": "karim", **order}, headers=bearer)
            assert said.status_code == 200
    callers = [caller for _, caller in (*shelf.wanted, *shelf.ended)]
    assert [(caller.who, caller.proof) for caller in callers] == [("amina", Proof.TOKEN)] * 2


async def test_without_tokens_a_name_is_a_claim_and_nobody_is_refused(
    shelved: Any, shelf: Shelf, view: FakeView
) -> None:
    async with shelved(shelf, view) as web:
        assert (await web.post("/recordings", json=WISH)).status_code == 422
        said = await web.post("/recordings", json={"who": " karim ", "why": "a feed is off", **WISH})
        assert said.json()["name"] == "feed-work"
    ((wish, caller),) = shelf.wanted
    assert (caller.who, caller.proof, wish.why) == ("karim", Proof.CLAIMED, "a feed is off")
    assert (wish.end - wish.start).total_seconds() == 1200.0


@pytest.mark.parametrize(
    "change",
    [
        {"name": "../../etc"},
        {"name": "a/b"},
        {"name": ""},
        {"name": "x" * 64},
        {"name": "mine\n"},
        {"start": "2026-11-26T14:00:00"},  # by whose wall clock?
        {"end": "soon"},
        {"end": None},
        {"devices": ["nobody"]},
        {"devices": "ups-a"},
        {"into": "/etc"},
    ],
)
async def test_what_makes_no_sense_is_refused_and_says_why(
    shelved: Any, shelf: Shelf, view: FakeView, change: dict[str, Any]
) -> None:
    async with shelved(shelf, view) as web:
        said = await web.post("/recordings", json={"who": "karim", **WISH, **change})
    assert (said.status_code, bool(said.json()["detail"]), shelf.wanted) == (422, True, [])


async def test_a_recording_is_taken_along_byte_for_byte(shelved: Any, shelf: Shelf, view: FakeView) -> None:
    async with shelved(shelf, view) as web:
        said = await web.get("/recordings/incident-3f2a91c0e1b2.tar")
    assert said.headers["content-type"] == "application/x-tar"
    with tarfile.open(fileobj=io.BytesIO(said.content)) as tar:
        found = {member.name: cast("Any", tar.extractfile(member)).read() for member in tar}
        assert {member.mode for member in tar} == {0o600}
    assert found == {
        f"incident-3f2a91c0e1b2/{name}": (shelf.folder / name).read_bytes()
        for name in ("manifest.json", "0001.tape", "config/a.yaml")
    }


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("going", 409),
        ("gone", 404),
        ("..%2Fincident-3f2a91c0e1b2", 404),
        ("%2e%2e%2f%2e%2e%2fetc%2fpasswd", 404),
        ("incident-3f2a91c0e1b2%00", 404),
    ],
)
async def test_what_is_not_whole_or_not_there_is_not_handed_out(
    shelved: Any, shelf: Shelf, view: FakeView, name: str, status: int
) -> None:
    async with shelved(shelf, view) as web:
        assert (await web.get(f"/recordings/{name}.tar")).status_code == status


async def test_what_does_not_go_on_cannot_be_ended(shelved: Any, shelf: Shelf, view: FakeView) -> None:
    async with shelved(shelf, view) as web:
        said = await web.post("/recordings/gone/end", json={"who": "karim"})
        assert (said.status_code, said.json()["detail"]) == (422, "no recording 'gone'")


async def test_another_site_in_the_browser_gets_nothing(shelved: Any, shelf: Shelf, view: FakeView) -> None:
    async with shelved(shelf, view) as web:
        elsewhere = {"host": "evil.example"}
        for path in ("/recordings", "/recordings/incident-3f2a91c0e1b2.tar"):
            assert (await web.get(path, headers=elsewhere)).is_client_error
        foreign = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
        said = await web.post("/recordings", json={"who": "karim", **WISH}, headers=foreign)
        assert said.is_client_error
    assert shelf.wanted == []


async def test_a_name_that_cannot_be_is_refused_in_words(shelved: Any, shelf: Shelf, view: FakeView) -> None:
    async with shelved(shelf, view) as web:
        for name in ("Feed work", "../etc", "-x", "", "a" * 64, "a\n"):
            said = await web.post("/recordings", json={"who": "karim", **WISH, "name": name})
            (why,) = said.json()["detail"]
            assert (said.status_code, why["loc"]) == (422, ["body", "name"])
            assert why["msg"].startswith("expected a small letter or digit")
    assert shelf.wanted == []
