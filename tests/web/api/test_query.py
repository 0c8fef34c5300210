"""Prometheus' API as Grafana asks it: what is passed on, what is refused before, and in which shape."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any, cast

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.query.refused import Refused
from dcim.web import View
from dcim.web.api.query import Querier
from dcim.web.app import build
from dcim.web.entrance.guard import Hosts

from ..conftest import NOW, FakeView  # noqa: TID252

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Fake:
    """Fulfils ``dcim.web.api.query.Querier``: keeps what it was asked, and answers or refuses."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.clients: list[str] = []
        self.refuses: Refused | None = None

    async def ask(self, question: dict[str, Any], client: str = "") -> AsyncGenerator[bytes, None]:
        self.asked.append(question)
        self.clients.append(client)
        if self.refuses is not None:
            raise self.refuses
        yield b'{"status":"success",'
        yield b'"data":[]}'

    def export(self, question: dict[str, Any]) -> AsyncGenerator[bytes, None]:
        return self.ask(question)

    def families(self) -> Mapping[str, tuple[str, str]]:
        return {"dcim_a_total": ("counter", "As."), "dcim_b": ("gauge", "Bs.")}


@pytest.fixture
def fake() -> Fake:
    return Fake()


def application(fake: object) -> Any:
    return build(cast("View", FakeView()), Hosts("127.0.0.1", ("site",)), querier=cast("Querier", fake))


class Asked:
    """Whoever answers in the test that runs: the application over it is made once."""

    def __init__(self) -> None:
        self.fake = Fake()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.fake, name)


ASKED = Asked()
APPLICATION = application(ASKED)


@pytest.fixture
async def grafana(fake: Fake) -> AsyncIterator[httpx.AsyncClient]:
    ASKED.fake = fake
    transport = httpx.ASGITransport(app=APPLICATION)
    async with httpx.AsyncClient(transport=transport, base_url="http://site") as made:
        yield made


async def test_a_query_is_passed_on_as_an_address_and_as_a_form(
    fake: Fake, grafana: httpx.AsyncClient
) -> None:
    said = {"query": "x", "start": "1700000000.5", "end": "2023-11-14T23:13:20Z", "step": "1m30s"}
    for answer in (
        await grafana.get("/api/v1/query_range", params=said),
        await grafana.post("/api/v1/query_range", data=said),
    ):
        assert answer.status_code == 200
        assert answer.json() == {"status": "success", "data": []}
        assert answer.headers["content-type"] == "application/json"
    assert fake.asked[0] == fake.asked[1]
    assert {key: fake.asked[0][key] for key in ("kind", "start", "end", "step")} == {
        "kind": "query_range", "start": 1_700_000_000_500, "end": 1_700_003_600_000, "step": 90_000,
    }  # fmt: skip


class Slow(Fake):
    """It never comes to an answer."""

    ended = False

    async def ask(self, question: dict[str, Any], client: str = "") -> AsyncGenerator[bytes, None]:
        try:
            await asyncio.Event().wait()
            yield b""
        finally:
            self.ended = True


async def test_the_question_of_somebody_who_has_left_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcim.web.api.query._LOOKS", 0.01)
    slow, sent = Slow(), list[Any]()
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/api/v1/query", "raw_path": b"/api/v1/query", "query_string": b"query=x", "root_path": "",
        "headers": [(b"host", b"site")], "client": ("127.0.0.9", 1), "server": ("site", 80),
    }  # fmt: skip

    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await application(slow)(scope, gone, send)
    assert slow.ended
    assert sent[0]["status"] == 499


async def test_turns_are_known_by_the_address_that_asks(fake: Fake, grafana: httpx.AsyncClient) -> None:
    await grafana.get("/api/v1/query", params={"query": "x"})
    assert fake.clients == ["127.0.0.1"]


@pytest.mark.parametrize("sent", ["application/json", "multipart/form-data; boundary=x", ""])
async def test_a_question_that_is_no_form_is_told_so_in_the_shape_of_prometheus(
    grafana: httpx.AsyncClient, sent: str
) -> None:
    answer = await grafana.post("/api/v1/query", content=b"{}", headers={"Content-Type": sent})
    assert answer.status_code == 415
    assert answer.json()["errorType"] == "bad_data"
    assert FORM["Content-Type"] in answer.json()["error"]


async def test_what_is_left_out_is_now(fake: Fake, grafana: httpx.AsyncClient) -> None:
    await grafana.get("/api/v1/query", params={"query": "x"})
    assert fake.asked[0]["end"] == round(NOW * 1000)


@pytest.mark.parametrize(
    ("path", "said", "named"),
    [
        ("query_range", {"start": "2", "end": "1", "step": "1"}, "before start"),
        ("query_range", {"start": "1", "end": "2", "step": "0"}, "zero or negative"),
        ("query_range", {"start": "1", "end": "2", "step": "x"}, "duration"),
        ("query_range", {"start": "0", "end": "11001", "step": "1"}, "11,000 points"),
        ("query_range", {"start": "nan", "end": "1", "step": "1"}, "timestamp"),
        ("query_range", {"end": "1", "step": "1"}, "'start'"),
        ("query_range", {"start": "1", "end": "2", "step": "0.0005"}, "less than a millisecond"),
        ("query_range", {"start": "1", "end": "2", "step": "0.0009"}, "less than a millisecond"),
        ("series", {"match[]": "up", "start": "NaN"}, "'start'"),
        ("labels", {"end": "Inf"}, "'end'"),
        ("label/room/values", {"start": "yesterday"}, "'start'"),
        ("metadata", {"limit": "abc"}, "limit must be a number"),
        ("query", {"time": "yesterday"}, "'time'"),
        ("query", {"time": "1e300"}, "'time'"),
        ("query", {"time": "2023-11-14T23:13:20"}, "'time'"),
        ("series", {}, "match[]"),
        ("label/a-b/values", {}, "label name"),
        ("history/series", {}, "match"),
        ("history/export", {"start": "9", "end": "5"}, "earlier"),
    ],
)
async def test_what_makes_no_sense_is_refused_before_anybody_works(
    path: str, said: dict[str, str], named: str, fake: Fake, grafana: httpx.AsyncClient
) -> None:
    """Pains: E3."""
    answer = await grafana.get(f"/api/v1/{path}", params=said)
    assert answer.status_code == 400
    told = answer.json()
    assert (told["status"], told["errorType"]) == ("error", "bad_data")
    assert named in told["error"]
    assert not fake.asked


@pytest.mark.parametrize(
    ("kind", "status"),
    [("bad_data", 400), ("execution", 422), ("timeout", 503), ("unavailable", 503), ("internal", 500)],
)
async def test_a_refusal_has_the_status_that_prometheus_gives_it(
    kind: str, status: int, fake: Fake, grafana: httpx.AsyncClient
) -> None:
    fake.refuses = Refused(kind, "because")
    answer = await grafana.get("/api/v1/query", params={"query": "x"})
    assert answer.status_code == status
    assert answer.json() == {"status": "error", "errorType": kind, "error": "because"}


async def test_what_grafana_asks_to_test_a_source_and_to_fill_variables(
    fake: Fake, grafana: httpx.AsyncClient
) -> None:
    built = (await grafana.get("/api/v1/status/buildinfo")).json()["data"]
    assert built["version"].startswith("2.")
    known = (await grafana.get("/api/v1/metadata")).json()["data"]
    assert known["dcim_a_total"] == [{"type": "counter", "help": "As.", "unit": ""}]
    every = (await grafana.get("/api/v1/metadata", params={"limit": "-1"})).json()["data"]
    assert every == known
    assert list((await grafana.get("/api/v1/metadata", params={"limit": "1"})).json()["data"]) == [
        "dcim_a_total"
    ]
    assert (await grafana.post("/api/v1/query_exemplars", data={"query": "x"})).json()["data"] == []
    await grafana.get("/api/v1/label/room/values", params={"match[]": "x", "start": "1", "end": "2"})
    await grafana.post("/api/v1/labels", content="match%5B%5D=x&match%5B%5D=y", headers=FORM)
    await grafana.post("/api/v1/series", content="match[]=x", headers=FORM)
    assert [(one["kind"], one["name"], one["match"]) for one in fake.asked] == [
        ("values", "room", ["x"]), ("labels", "", ["x", "y"]), ("series", "", ["x"]),
    ]  # fmt: skip


async def test_a_form_of_another_site_and_a_form_that_changes_something_are_refused(
    fake: Fake, grafana: httpx.AsyncClient
) -> None:
    """Pains: I1."""
    strange = {**FORM, "Sec-Fetch-Site": "cross-site"}
    assert (await grafana.post("/api/v1/query", content="query=x", headers=strange)).status_code == 403
    assert (await grafana.post("/api/v1/ack", content="a=b", headers=FORM)).status_code == 415
    long = await grafana.post("/api/v1/query", content="query=" + "x" * 70_000, headers=FORM)
    assert long.status_code == 413
    assert not fake.asked


async def test_a_file_of_readings_is_sent_as_it_comes(fake: Fake, grafana: httpx.AsyncClient) -> None:
    answer = await grafana.get("/api/v1/history/export", params={"start": "5", "end": "9", "match": "x"})
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    assert "history.parquet" in answer.headers["content-disposition"]
    assert fake.asked[0]["match"] == ["x"]


@given(
    path=st.sampled_from(["query", "query_range", "series", "labels", "label/a/values", "history/series"]),
    said=st.dictionaries(
        st.sampled_from(["query", "time", "start", "end", "step", "match[]", "match", "limit"]),
        st.text(max_size=20) | st.floats().map(str) | st.integers().map(str),
    ),
)
def test_nothing_that_is_sent_is_a_bug_here(path: str, said: dict[str, str]) -> None:
    ASKED.fake = Fake()

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=APPLICATION)
        async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
            return await client.get(f"/api/v1/{path}", params=said)

    answer = asyncio.run(ask())
    assert answer.status_code in (200, 400)
    assert json.loads(answer.content)["status"] in ("success", "error")
