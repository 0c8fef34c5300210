"""What Prometheus asks for, and who may ask on the port of its own."""

import base64

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.model import Address, Asset, Identity, Kind
from dcim.web.api.scrape import OPENMETRICS, TEXT, basic, bearer, prefers_openmetrics, scraped, target
from dcim.web.entrance.guard import Hosts

PROMETHEUS = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
PROMETHEUS_3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"


@pytest.mark.parametrize(
    ("accept", "openmetrics"),
    [
        (PROMETHEUS, True), (PROMETHEUS_3, True), ("", False), ("*/*", False), ("text/plain", False),
        ("text/html,*/*;q=0.8", False), ("application/openmetrics-text", True),
        ("application/openmetrics-text;q=0.2,text/plain;q=0.5", False),
        ("application/openmetrics-text;version=0.0.1", False), ("application/openmetrics-text;q=none", False),
        ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;q=0.7", False),
    ],
)  # fmt: skip
def test_the_format_is_what_is_accepted_best(accept, openmetrics):
    assert prefers_openmetrics(accept) is openmetrics


@given(st.text())
def test_whatever_is_accepted_raises_nothing(accept):
    assert prefers_openmetrics(accept) in (True, False)


class View:
    def assets(self):
        return (
            Asset("ups-a", "UPS A", Kind.UPS, "snmp", Address("10.0.0.5", 161), site="cas1", room="r1", row="2", rack="r1-01", feed="A", tenant="blue"),
            Asset("bus-1", "Bus", Kind.METER, "modbus", Address("/dev/ttyS0")),
        )  # fmt: skip

    def identity(self, asset_id):
        return Identity("ups", "APC", "Smart", "S1", "v1")

    async def metrics(self, *, openmetrics=False):
        yield b"# EOF\n" if openmetrics else b"x 1\n"


def client(*keys):
    app = scraped(View(), Hosts("127.0.0.1"), keys)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:9480")


async def test_each_format_has_its_type():
    async with client() as web:
        opened = await web.get("/metrics", headers={"Accept": PROMETHEUS})
        assert (opened.text, opened.headers["content-type"]) == ("# EOF\n", OPENMETRICS)
        plain = await web.get("/metrics", headers={"Accept": "text/plain"})
        assert (plain.text, plain.headers["content-type"]) == ("x 1\n", TEXT)


async def test_who_shows_a_key_is_answered_and_nobody_else():
    keys = (bearer("a-long-token"), basic("prom", "pässword:1"))
    async with client(*keys) as web:
        for shown, status in [
            (None, 401), ("Bearer a-long-toke", 401), ("bearer a-long-token", 401), ("", 401), (f"{keys[0]} ", 401),
            (keys[0], 200), (keys[1], 200), ("Basic " + base64.b64encode(b"prom:").decode(), 401),
        ]:  # fmt: skip
            for path in ("/metrics", "/api/v1/sd"):
                answer = await web.get(path, headers={} if shown is None else {"Authorization": shown})
                assert answer.status_code == status, (shown, path)
        answer = await web.get("/metrics")
        assert answer.headers["www-authenticate"].startswith("Bearer, Basic")
        assert "x 1" not in answer.text


async def test_nothing_of_the_page_is_there():
    async with client() as web:
        for path in ("/", "/api/v1/status", "/api/v1/devices", "/openapi.json"):
            assert (await web.get(path)).status_code == 404
        assert (await web.post("/metrics", json={})).status_code == 405


async def test_another_name_is_not_answered():
    async with client() as web:
        assert (await web.get("/metrics", headers={"Host": "evil.example"})).status_code == 421


async def test_devices_are_targets_with_where_they_stand():
    async with client() as web:
        (one,) = (await web.get("/api/v1/sd")).json()
    assert one["targets"] == ["10.0.0.5:161"]
    said = {key.removeprefix("__meta_dcim_"): value for key, value in one["labels"].items()}
    assert said == {
        "asset": "ups-a", "name": "UPS A", "kind": "ups", "site": "cas1", "room": "r1", "row": "2", "rack": "r1-01", "feed": "A",
        "tenant": "blue", "collector": "snmp", "interval": "10s", "vendor": "APC", "model": "Smart", "serial": "S1",
    }  # fmt: skip


def test_an_address_of_ipv6_has_brackets_and_what_is_not_known_is_left_out():
    said = target(Asset("a", "", Kind.UPS, "snmp", Address("::1", 161)), Identity())
    assert said["targets"] == ["[::1]:161"]
    assert "__meta_dcim_room" not in said["labels"]
