"""``dcim discover``: bounded, in order, the same again the second time, and nothing lost when interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest
import typer
from pydantic import BaseModel
from typer.testing import CliRunner

from dcim.cli import build
from dcim.cli.onboarding.attempts import Attempt
from dcim.cli.onboarding.discover import addresses
from dcim.cli.onboarding.entries import HEAD, entries, scalar, section, written
from dcim.cli.onboarding.files import put
from dcim.cli.onboarding.known import known_of
from dcim.cli.onboarding.sweep import Answer, Sweep
from dcim.collect import Ask, Collected, CollectorPlugin, Credential, Endpoint, Explored, Match
from dcim.model import Address, Asset, Identity, Kind, NoAnswer
from dcim.record import replace
from dcim.yaml import parse

PLUGIN_NAME = "snmp"


class Devices:
    """A collector of a network in memory: names by host; other hosts are silent."""

    def __init__(self, names: dict[str, str], stop_at: str = "", found_with: Any = None) -> None:
        self.names = names
        self.stop_at = stop_at
        self.found_with = found_with or {}
        self.asked: list[str] = []
        self.closed = 0

    def open(self, *_: object) -> Devices:
        return self

    async def identify(self, address: Address, credentials: Sequence[Credential], asset: Asset) -> Any:
        del credentials, asset
        if self.names[address.host] == "late":
            raise NoAnswer("nothing in time")
        match = Match("acme_pdu", 100, "it says so", options=self.found_with)
        return (match,) if self.names[address.host] != "stranger" else ()

    async def collect(self, asset: Asset, ask: Ask) -> Collected:
        host = asset.address.host
        if ask.cheap:
            self.asked.append(host)
            if host == self.stop_at:
                await asyncio.Event().wait()
            if host not in self.names:
                raise NoAnswer("silence")
        return Collected(identity=Identity("pdu", "Acme", "P 1", "S1", "2.0"))

    async def explore(self, asset: Asset, deadline: float, *, walk: bool = True) -> Explored:
        del deadline
        assert not walk
        name = self.names[asset.address.host]
        return Explored(() if name == "stranger" else ("acme_pdu",), greeting={"sysName": name})

    async def aclose(self) -> None:
        self.closed += 1


class Plugin:
    name = PLUGIN_NAME
    options_type = BaseModel
    credential_type = BaseModel

    def __init__(self, devices: Devices) -> None:
        self.open = devices.open


def sweep_of(devices: Devices) -> Sweep:
    asset = Asset("x", "x", Kind.SENSOR, PLUGIN_NAME, Address("0.0.0.0"), timeout=0.1, credentials=("v2",))
    credential = Credential("v2", PLUGIN_NAME, {"version": "2c"})
    way = Attempt("SNMP v2c", cast("CollectorPlugin", Plugin(devices)), asset, credential, says_hello=True)
    return Sweep([way], rate=10_000)


def net(text: str) -> list[Address]:
    return addresses(text, 0)


async def test_every_address_is_asked_once_and_who_answers_is_a_device() -> None:
    devices = Devices({"10.0.0.5": "PDU A1", "10.0.1.9": "PDU A1", "10.0.0.7": "stranger", "10.0.0.8": ""})
    devices.names["10.0.0.6"] = "late"
    sweep = sweep_of(devices)
    await sweep.run(net("10.0.0.0/23"), lambda: None)
    assert sweep.asked == len(devices.asked) == len(set(devices.asked)) == 510
    assert devices.closed == 2  # a slice of 256 addresses each
    text = written("", None, list(entries(sweep.answers, {"pdu-x"})), HEAD)
    found = parse(text, "found").data
    assert isinstance(found, dict)
    assert [(one["id"], one["address"]) for one in found["devices"]] == [
        ("pdu-a1", "10.0.0.5:161"),
        ("pdu-10-0-0-8-161", "10.0.0.8:161"),
        ("pdu-a1-10-0-1-9-161", "10.0.1.9:161"),
    ]
    assert found["devices"][0] == {
        "id": "pdu-a1", "kind": "pdu", "collector": "snmp", "address": "10.0.0.5:161", "credential": "v2",
        "profile": "acme_pdu",
    }  # fmt: skip
    assert "# Acme P 1 2.0\n" in text
    assert "# 10.0.0.6:161 answers SNMP v2c, and does not say in time who it is" in text
    assert "# 10.0.0.7:161 answers SNMP v2c, no profile fits; it says sysName stranger\n" in text


async def test_one_that_is_interrupted_keeps_what_it_has() -> None:
    devices = Devices({"10.0.0.1": "a-1"}, stop_at="10.0.0.3")
    sweep = sweep_of(devices)
    running = asyncio.create_task(sweep.run(net("10.0.0.0/29"), lambda: None))
    while len(devices.asked) < 6:
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [one.address.host for one in sweep.answers] == ["10.0.0.1"]
    assert sweep.asked == 5
    assert devices.closed == 1


def answer(host: str, **greeting: str) -> Answer:
    devices = Devices({})
    way = sweep_of(devices).ways[0]
    return Answer(Address(host, 161), way, ("acme_pdu", "sensors"), Identity("pdu", "Acme"), greeting)


def test_a_second_run_adds_what_is_new_and_changes_nothing_else() -> None:
    first = written("", None, list(entries([answer("10.0.0.1", sysName="a")], ())), HEAD)
    edited = first.replace("id: a\n", "id: rack-7  # ours\n")
    document = parse(edited, "found")
    assert written(edited, document, [], HEAD) == edited
    more = written(edited, document, list(entries([answer("10.0.0.2", sysName="yes")], {"rack-7"})), HEAD)
    assert more.startswith(edited)
    found = parse(more, "found").data
    assert isinstance(found, dict)
    assert [one["id"] for one in found["devices"]] == ["rack-7", "yes"]
    assert found["devices"][1]["profile"] == ["acme_pdu", "sensors"]


async def test_what_a_device_was_found_with_is_written_with_it() -> None:
    sweep = sweep_of(Devices({"10.0.0.1": "meter-1"}, found_with={"unit": 1}))
    await sweep.run(net("10.0.0.1/32"), lambda: None)
    (text,) = entries(sweep.answers, ())
    assert "\n    snmp: { unit: 1 }\n" in text
    found = parse(written("", None, [text], HEAD), "found").data
    assert isinstance(found, dict)
    assert found["devices"][0]["snmp"] == {"unit": 1}


def test_what_was_empty_is_filled_and_a_stranger_is_told_once() -> None:
    stranger = list(entries([Answer(Address("10.0.0.3", 161), answer("10.0.0.1").way)], ()))
    empty = written("", None, stranger, HEAD)
    assert parse(empty, "found").data == {"format": 1, "devices": []}
    assert written(empty, parse(empty, "found"), stranger, HEAD) == empty
    filled = written(empty, parse(empty, "found"), [*stranger, *entries([answer("10.0.0.1")], ())], HEAD)
    assert filled.count("no profile fits") == 1
    data = parse(filled, "found").data
    assert isinstance(data, dict)
    assert len(data["devices"]) == 1


def test_a_file_with_something_below_its_devices_is_refused() -> None:
    text = "format: 1\ndevices:\n  - { id: a }\nrooms: {}\n"
    with pytest.raises(ValueError, match="end with a list of devices"):
        written(text, parse(text, "found"), ["  # new\n"], HEAD)


@pytest.mark.parametrize(
    ("text", "number"),
    [("10.0.0.0/16", 65534), ("10.0.0.7/32", 1), ("10.0.0.0/31", 2), ("2001:db8::/120", 255)],
)
def test_a_network_is_as_many_addresses(text: str, number: int) -> None:
    assert len(net(text)) == number


@pytest.mark.parametrize("text", ["10.0.0.0/15", "2001:db8::/64", "ten", "10.0.0.0/33"])
def test_what_is_too_large_or_no_network_is_wrong_usage(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"take a part of it|expected a network such as"):
        net(text)
    done = CliRunner().invoke(build(["discover", "check"]), ["discover", text])
    assert done.exit_code == 2


def test_nobody_is_exit_one_and_a_place_for_devices(tmp_path: Path) -> None:
    words = ["discover", "127.0.0.1/32", "--port", "9", "--timeout", "0.05", "--protocol", "snmp"]
    done = CliRunner().invoke(build(["discover", "check"]), [*words, "--output", str(tmp_path / "d.yaml")])
    assert done.exit_code == 1
    data = parse((tmp_path / "d.yaml").read_text(), "d").data
    assert isinstance(data, dict)
    assert data["devices"] == []
    assert data["credentials"]["snmp-v2c"] == {
        "protocol": "snmp", "version": "2c", "community": "env:SNMP_COMMUNITY",
    }  # fmt: skip


def test_a_sweep_is_not_lost_with_the_place_for_it(tmp_path: Path) -> None:
    """A folder that is not there is refused before anybody is asked; on a full disk what was found is said."""
    words = ["discover", "127.0.0.1/32", "--port", "9", "--timeout", "0.05", "--protocol", "snmp", "--output"]
    for nowhere, why in ((tmp_path, "is a folder"), (tmp_path / "b" / "c", "there is no folder")):
        done = CliRunner().invoke(
            build(["discover", "check"]), [*words, str(nowhere)], env={"COLUMNS": "400"}
        )
        assert (done.exit_code, why in done.stderr, "asked" in done.stderr) == (2, True, False)
    done = CliRunner().invoke(build(["discover", "check"]), [*words, "/dev/full"])
    assert (done.exit_code, done.exception.__class__) == (1, SystemExit)
    assert "/dev/full could not be written: No space left on device; this is what was found:" in done.stderr
    assert parse(done.stdout, "d").data is not None


def test_what_stood_in_a_file_stays_where_there_is_no_room_for_the_new(tmp_path: Path) -> None:
    path = tmp_path / "d.yaml"
    put(path, "old")
    path.chmod(0o640)
    (tmp_path / "d.yaml.new").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        put(path, "new")
    assert [one.name for one in tmp_path.iterdir()] == ["d.yaml"]
    assert path.read_text() == "old"
    put(path, "new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o640)


@pytest.mark.parametrize(
    ("words", "environ", "told"),
    [
        ([], None, True),
        ([], "public", False),
        ([], "secret", True),
        (["--community", "env:SNMP_COMMUNITY"], "secret", False),
        (["--protocol", "modbus"], None, False),
    ],
)
def test_what_must_be_set_for_the_file_to_be_read_is_told_with_the_command(
    tmp_path: Path, words: list[str], environ: str | None, told: bool
) -> None:
    found = ["discover", "127.0.0.1/32", "--port", "9", "--timeout", "0.05", "--output", tmp_path / "d.yaml"]
    if "--protocol" not in words:
        found += ["--protocol", "snmp"]
    everything = [*map(str, found), *words]
    done = CliRunner().invoke(
        build(["discover", "check"]), everything, env={"SNMP_COMMUNITY": environ, "COLUMNS": "400"}
    )
    assert ("export SNMP_COMMUNITY=public" in done.stderr) == told, done.stderr


def test_words_that_yaml_would_take_for_others_are_quoted() -> None:
    assert [scalar(one) for one in ("on", "pdu-1", "12", "[::1]:161", "10.0.0.1:161", "A b", ["a", "no"])] == [
        '"on"', "pdu-1", '"12"', '"[::1]:161"', "10.0.0.1:161", '"A b"', '[a, "no"]',
    ]  # fmt: skip
    assert section({}) == ""


class Gateway(Devices):
    """A gateway with others behind it, whom it tells by their units."""

    async def beside(self, asset: Asset) -> list[dict[str, int]]:
        assert asset.address.host == "10.0.0.1"
        return [{"unit": 3}, {"unit": 12}]

    async def identify(self, address: Address, credentials: Sequence[Credential], asset: Asset) -> Any:
        unit = getattr(asset.options, "unit", None)
        if unit == 12:
            return ()
        return (Match("acme_pdu", 100, "it says so", options={"unit": unit or 1}),)


class Units(BaseModel):
    unit: int | None = None


async def test_everybody_behind_a_gateway_is_a_device_of_its_own() -> None:
    """Pains: C5: with the unit at which it was found, and who is of no known family is told."""
    sweep = sweep_of(Gateway({"10.0.0.1": ""}))
    sweep.ways[0].plugin.options_type = Units  # type: ignore[attr-defined, misc]
    await sweep.run(net("10.0.0.1/32"), lambda: None)
    text = written("", None, list(entries(sweep.answers, ())), HEAD)
    found = parse(text, "found").data
    assert isinstance(found, dict)
    assert [(one["id"], one["snmp"]) for one in found["devices"]] == [
        ("pdu-10-0-0-1-161", {"unit": 1}),
        ("pdu-10-0-0-1-161-10-0-0-1-161", {"unit": 3}),
    ]
    assert "# 10.0.0.1:161 answers SNMP v2c unit 12" in text


class Line(Gateway):
    """A plug-in whose devices share a line, by their units."""

    name = PLUGIN_NAME
    options_type = Units

    def endpoint(self, address: Address, options: BaseModel) -> Endpoint:
        unit = getattr(options, "unit", None)
        return Endpoint(str(address), "" if unit is None else str(unit))


@pytest.mark.parametrize(
    ("written_down", "found"),
    [
        ("{ unit: 1 }", ["unit 3", "unit 12"]),
        ("{ unit: 3 }", ["first", "unit 12"]),
        ("{}", []),
    ],
    ids=["the first", "a later one", "one that has its line for itself"],
)
async def test_who_is_behind_an_address_with_a_known_unit_is_found(
    written_down: str, found: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pains: C5."""
    line = Line({"10.0.0.1": ""})
    monkeypatch.setattr("dcim.plugins.collectors", lambda: {PLUGIN_NAME: line})
    file = tmp_path / "found.yaml"
    entry = f"{{ id: a, kind: pdu, collector: snmp, address: 10.0.0.1, snmp: {written_down} }}"
    file.write_text(f"format: 1\ndevices:\n  - {entry}\n")
    known, _ = known_of(None, file)
    ways = [replace(sweep_of(line).ways[0], plugin=cast("CollectorPlugin", line))]
    hosts = net("10.0.0.0/30")
    assert [host.host for host in hosts if not known.has(host, ways)] == ["10.0.0.2"]
    told = []
    for shared, own in known.lines(hosts, ways):
        again = Sweep(own, 1e6)
        await again.run(shared, lambda: None)
        told += [one.way.how.partition("v2c ")[2] or "first" for one in again.answers if known.is_new(one)]
    assert told == found
