"""A config file becomes settings, or every mistake in it at once. Pains: J1, J2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcim.model import Address, ConfigError, Kind
from dcim.settings import AlertSettings, Polling, Retention, Settings, Site, Timestamps, load, survey

HEAD = "format: 1\nsite: { id: cas1 }\n"

FULL = """\
format: 1
site: { id: cas1, name: Casablanca 1, time_zone: Africa/Casablanca, language: fr }
state: state
web: { listen: "[::1]:9000", hosts: [dcim.example.net, "2001:db8::9", noc-1] }
poll: { slow: 30s, static: 1h, misses: 3 }
history: { retention: 30d }
heartbeat: 5s
plausibility: off
profiles: own
alerts: { rules: [ours.yaml], default_rules: false }
rooms: { r1: Salle 1 }
credentials:
  public: { protocol: snmp, version: "2c", community: env:COMMUNITY }
  gate: { protocol: modbus, token: file:/t }
defaults: { interval: 20s, timeout: 1s, credential: public, labels: { owner: noc } }
groups:
  pdus: { kind: pdu, collector: snmp, profile: apc_rpdu2, room: r1, labels: { sla: gold }, snmp: { engine: pysnmp } }
devices:
  - { id: pdu-1, name: PDU 1, group: pdus, address: "10.0.0.1:161", interval: 5s, rack: r1-01, feed: A, tags: [it] }
  - { id: crac-1, kind: crac, collector: modbus, address: /dev/ttyUSB0, profile: [stulz_c7000], modbus: { unit: 7 } }
  - { id: pdu-2, group: pdus, address: "[fd00::1]:161", profile: mine, labels: { owner: me }, snmp: { engine: own } }
notify: { channels: [ { name: here, type: log, level: debug } ] }
"""


def test_everything_that_is_written_is_in_the_settings(config: Any, tmp_path: Path) -> None:
    read, problems = config(FULL, ours_yaml="format: 1\n", own__mine__profile_yaml="x: 1\n")
    assert problems == []
    assert isinstance(read, Settings)
    assert read.site == Site("cas1", "Casablanca 1", "Africa/Casablanca", "fr")
    assert read.state == tmp_path / "state"
    assert read.listen == Address("::1", 9000)
    assert read.hosts == ("dcim.example.net", "2001:db8::9", "noc-1")
    assert read.polling == Polling(30.0, 3600.0, 3)
    assert read.retention == Retention(True, 30 * 86400.0)
    assert read.heartbeat == 5.0
    assert not read.plausibility
    assert read.profile_dirs == (tmp_path / "own",)
    assert read.alerts == AlertSettings(False, (tmp_path / "ours.yaml",))
    assert read.rooms == {"r1": "Salle 1"}
    assert list(read.credentials) == ["public", "gate"]
    assert [(one.name, one.type) for one in read.channels] == [("here", "log")]


def test_an_authority_for_time_stamps_keeps_its_address_as_it_is_written(config: Any) -> None:
    """A slash at the end of a path is part of it."""
    read, problems = config(HEAD + "ledger: {timestamps: {url: 'http://tsa.example:318/tsr/', every: 6h}}\n")
    assert problems == []
    assert read.timestamps == Timestamps("http://tsa.example:318/tsr/", 6 * 3600.0, None)
    assert config(HEAD)[0].timestamps is None


def test_a_device_takes_what_it_lacks_from_its_group_and_then_from_the_defaults(config: Any) -> None:
    read, _ = config(FULL, ours_yaml="format: 1\n", own__mine__profile_yaml="x: 1\n")
    first, crac, second = read.assets
    assert (first.id, first.name, first.kind, first.room) == ("pdu-1", "PDU 1", Kind.PDU, "r1")
    assert (first.interval, first.timeout, first.credentials) == (5.0, 1.0, ("public",))
    assert (first.rack, first.feed, first.tags, first.site) == ("r1-01", "A", frozenset({"it"}), "cas1")
    assert first.labels == {"owner": "noc", "sla": "gold"}
    assert first.options.engine == "pysnmp"
    assert (second.labels, second.options.engine) == ({"owner": "me", "sla": "gold"}, "own")
    assert (second.profiles, second.address) == (("mine",), Address("fd00::1", 161))
    assert (crac.address, crac.options.unit, crac.interval) == (Address("/dev/ttyUSB0"), 7, 20.0)


def test_what_devices_have_in_common_is_held_once_and_what_is_their_own_is_theirs(config: Any) -> None:
    device = 'kind: pdu, collector: snmp, address: "10.0.0.{}:161", profile: apc_rpdu2, credential: public'
    devices = [
        ("a", ""),
        ("b", ""),
        ("c", ", tags: [it], snmp: { engine: pysnmp }, labels: { owner: me }"),
        ("d", ", tags: [it]"),
    ]
    written = "".join(
        f"  - {{ id: {name}, {device.format(at)}{more} }}\n"
        for at, (name, more) in enumerate(devices, start=1)
    )
    credentials = 'credentials:\n  public: { protocol: snmp, version: "2c", community: env:COMMUNITY }\n'
    read, problems = config(f"{HEAD}{credentials}devices:\n{written}")
    assert problems == []
    a, b, c, d = read.assets
    assert a.options is b.options
    assert a.options == d.options
    assert (a.options.engine, c.options.engine) == ("own", "pysnmp")
    assert a.tags is b.tags
    assert c.tags is d.tags
    assert (a.tags, c.tags) == (frozenset(), {"it"})
    assert (dict(a.labels), dict(c.labels)) == ({}, {"owner": "me"})


def test_a_credential_of_the_defaults_counts_for_its_own_protocol_only(config: Any) -> None:
    read, _ = config(FULL, ours_yaml="format: 1\n", own__mine__profile_yaml="x: 1\n")
    assert read.assets[1].credentials == ()


def test_a_short_config_has_defaults_for_the_rest(config: Any) -> None:
    read, problems = config(HEAD)
    assert problems == []
    assert read.site == Site("cas1", "cas1", "UTC", "en")
    assert read.listen == Address("127.0.0.1", 8480)
    assert read.state == Path("/var/lib/dcim")
    assert read.assets == ()


def test_ten_mistakes_are_ten_problems_in_one_run(config: Any) -> None:
    """Each with file, line, column, what was found, what was expected and the nearest right name."""
    text = """\
format: 1
site: { id: cas1, time_zone: Africa/Casablanka }
web: { listen: 127.0.0.1 }
hystory: { retention: 30d }
credentials:
  public: { protocol: snmp, version: "2c", community: public }
defaults: { credential: public }
devices:
  - { id: ups-a, kind: upss, address: "10.0.0.5:161", collector: snmp, profile: apc_smartup }
  - { id: ups-a, kind: ups, address: "10.0.0.6:161", collector: snnp, credential: pubic }
  - { id: crac-1, kind: crac, address: "10.0.0.", collector: modbus, timeout: 12s, modbus: { unit: 300 } }
  - { id: crac-2, kind: crac, address: "10.0.0.9:502", collector: modbus, intervall: 5s, modbus: { unit: 1 } }
"""
    _, problems = config(text)
    assert problems == [
        "dcim.yaml:2:30: site.time_zone: no time zone 'Africa/Casablanka'; did you mean 'Africa/Casablanca'?",
        "dcim.yaml:3:16: web.listen: expected host:port or [IPv6]:port, found '127.0.0.1'",
        "dcim.yaml:4:1: hystory: unknown key; did you mean 'history'?",
        "dcim.yaml:6:55: credentials.public.community: secrets only by reference: env:NAME, file:/path or credential:NAME",
        "dcim.yaml:9:24: devices[0].kind: expected one of ups, pdu, floor_pdu, switchboard, transformer, ats, sts, crac, chiller, genset, fuel_tank, meter, sensor, leak, smoke, door, battery, dc_plant, io, gateway, found 'upss'; did you mean 'ups'?",
        "dcim.yaml:9:81: devices[0].profile: no snmp profile 'apc_smartup'; did you mean 'apc_smartups'?",
        "dcim.yaml:10:11: devices[1].id: device 'ups-a' stands twice; the first one is in dcim.yaml:9",
        "dcim.yaml:10:65: devices[1].collector: no collector 'snnp'; did you mean 'snmp'?",
        "dcim.yaml:10:83: devices[1].credential: no credential 'pubic'; did you mean 'public'?",
        "dcim.yaml:11:40: devices[2].address: expected host, host:port, [IPv6]:port or the path of a serial line, found '10.0.0.'",
        "dcim.yaml:11:79: devices[2].timeout: the timeout (12 s) is not shorter than the interval (10 s)",
        "dcim.yaml:11:100: devices[2].modbus.unit: expected at most 247, found 300",
        "dcim.yaml:12:75: devices[3].intervall: unknown key; did you mean 'interval'?",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("devices: [{kind: ups}]", ["dcim.yaml:3:11: devices[0].address: missing", "dcim.yaml:3:11: devices[0].collector: missing", "dcim.yaml:3:11: devices[0].id: missing"]),
        ("devices: [hunter2]", ["dcim.yaml:3:11: devices[0]: expected a mapping, found text"]),
        ("devices: hunter2", ["dcim.yaml:3:10: devices: expected a list, found text"]),
        ("devices: [{id: a, kind: ups, collector: snmp, address: 'a:1', modbus: {unit: 1}}]", ["dcim.yaml:3:63: devices[0].modbus: the collector of this device is 'snmp'"]),
        ("devices: [{id: a, kind: ups, collector: modbus, address: 'a:1'}]", ["dcim.yaml:3:11: devices[0].modbus.unit: missing"]),
        ("devices: [{id: a, kind: ups, collector: modbus, address: 'a:1', modbus: 1}]", ["dcim.yaml:3:73: devices[0].modbus: expected a mapping, found a number"]),
        ("devices: [{id: a, kind: ups, collector: snmp, address: 'a:1', group: b}]", ["dcim.yaml:3:70: devices[0].group: no group 'b'; known: none"]),
        ("devices: [{id: a, kind: ups, collector: snmp, address: 'a:1', room: b}]\nrooms: {a: A}", ["dcim.yaml:3:69: devices[0].room: no room 'b'; known: a"]),
        ("devices: [{id: a, kind: ups, collector: snmp, address: 'a:1', interval: 2s}]", ["dcim.yaml:3:73: devices[0].interval: the timeout (2 s) is not shorter than the interval (2 s)"]),
        ("devices: [{id: a, kind: ups, collector: snmp, address: 'a:1', interval: 2 x}]", ["dcim.yaml:3:73: devices[0].interval: expected a time such as 10s, 5m, 1h or 30d, found '2 x'"]),
        ("devices: [{id: a, kind: ups, collector: snmp, address: 'a:1', id2: 1}]", ["dcim.yaml:3:63: devices[0].id2: unknown key; did you mean 'id'?"]),
        ("devices: [{id: a b, kind: ups, collector: snmp, address: 'a:1'}]", ["dcim.yaml:3:16: devices[0].id: expected a letter or digit, then letters, digits, _ . or -; 63 at most, found 'a b'"]),
        ("devices: [{id: a, kind: ups, collector: snmp, address: 'a:1', credential: [c, d]}]\ncredentials: {c: {protocol: modbus, token: env:T}}", ["dcim.yaml:3:76: devices[0].credential[0]: credential 'c' is for modbus, but the collector is snmp", "dcim.yaml:3:79: devices[0].credential[1]: no credential 'd'; known: c"]),
        ("groups: {g: {snmp: {engin: own}, room: 7}}", ["dcim.yaml:3:21: groups.g.snmp.engin: unknown key; did you mean 'engine'?", "dcim.yaml:3:40: groups.g.room: expected text, found 7"]),
        ("groups: {g: 7}", ["dcim.yaml:3:13: groups.g: expected a mapping, found a number"]),
        ("groups: [g]", ["dcim.yaml:3:9: groups: expected a mapping, found a list"]),
        ("defaults: {id: a}", ["dcim.yaml:3:12: defaults.id: unknown key; did you mean 'kind'?"]),
        ("defaults: x", ["dcim.yaml:3:11: defaults: expected a mapping, found text"]),
        ("credentials: {c: hunter2}", ["dcim.yaml:3:18: credentials.c: expected a mapping, found text"]),
        ("credentials: {c: {user: a}}", ["dcim.yaml:3:18: credentials.c.protocol: missing"]),
        ("credentials: {c: {protocol: snnp}}", ["dcim.yaml:3:29: credentials.c.protocol: no collector 'snnp'; did you mean 'snmp'?"]),
        ("credentials: {c: {protocol: snmp, comunity: hunter2}}", ["dcim.yaml:3:35: credentials.c.comunity: unknown key; did you mean 'community'?"]),
        ("credentials: {c: {protocol: snmp, community: 1234}}", ["dcim.yaml:3:46: credentials.c.community: secrets only by reference: env:NAME, file:/path or credential:NAME"]),
        ("notify: {channels: [{name: a, type: lgo}]}", ["dcim.yaml:3:37: notify.channels[0].type: no channel type 'lgo'; did you mean 'log'?"]),
        ("notify: {channels: [{name: a}]}", ["dcim.yaml:3:21: notify.channels[0].type: missing"]),
        ("notify: {channels: [x]}", ["dcim.yaml:3:21: notify.channels[0]: expected a mapping, found text"]),
        ("notify: {channels: x}", ["dcim.yaml:3:20: notify.channels: expected a list, found text"]),
        ("notify: {channels: [{name: a, type: log}, {name: a, type: log, levl: 1}]}", ["dcim.yaml:3:50: notify.channels[1].name: channel 'a' stands twice", "dcim.yaml:3:64: notify.channels[1].levl: unknown key; did you mean 'level'?"]),
        ("notify: {channels: [{name: a, type: webhook, url: 'http://x/hunter2'}]}", ["dcim.yaml:3:51: notify.channels[0].url: secrets only by reference: env:NAME, file:/path or credential:NAME"]),
        ("alerts: {rules: [no.yaml]}", ["dcim.yaml:3:18: alerts.rules[0]: no file 'no.yaml'"]),
        ("alerts: {rules: no.yaml}", ["dcim.yaml:3:17: alerts.rules: expected a list, found text"]),
        ("profiles: [no, 3]", ["dcim.yaml:3:12: profiles[0]: no folder 'no'", "dcim.yaml:3:16: profiles[1]: expected text, found 3"]),
        ("profiles: \"a\\0b\"", ["dcim.yaml:3:11: profiles: no folder 'a\\x00b'"]),
        ("include: no/*.yaml", ["dcim.yaml:3:10: include: no file matches 'no/*.yaml'"]),
        ("include: [no.yaml, 7]", ["dcim.yaml:3:11: include[0]: no file matches 'no.yaml'", "dcim.yaml:3:20: include[1]: expected text, found 7"]),
        ("include: '**/*.yaml'", ["dcim.yaml:3:10: include: expected a file, or a pattern such as devices/*.yaml"]),
        ("include: /", ["dcim.yaml:3:10: include: expected a file, or a pattern such as devices/*.yaml"]),
        ("include: 7", ["dcim.yaml:3:10: include: expected a list, found a number"]),
        ("poll: {slow: 0, misses: 0, static: soon}", ["dcim.yaml:3:14: poll.slow: expected at least 1, found 0", "dcim.yaml:3:25: poll.misses: expected at least 1, found 0", "dcim.yaml:3:36: poll.static: expected a time such as 10s, 5m, 1h or 30d, found 'soon'"]),
        ("history: {retention: 1h}", ["dcim.yaml:3:22: history.retention: expected at least 86400 s, found '1h'"]),
        ("history: {enabled: yes}", ["dcim.yaml:3:20: history.enabled: expected true or false, found 'yes'"]),
        ("web: {hosts: ['noc:8480']}", ["dcim.yaml:3:15: web.hosts[0]: expected a host name or an address without a port, found 'noc:8480'"]),
        ("web: {listen: 7}", ["dcim.yaml:3:15: web.listen: expected host:port or [IPv6]:port, found 7"]),
        ("rooms: {a: 7}", ["dcim.yaml:3:12: rooms.a: expected text, found 7"]),
        (
            "plausibility: maybe",
            ["dcim.yaml:3:15: plausibility: expected one of on, off, found 'maybe'"],
        ),
        ("ledger: {timestamps: {url: 'ftp://tsa.example/'}}", ["dcim.yaml:3:28: ledger.timestamps.url: expected an address such as https://dcim.example.net, found 'ftp://tsa.example/'"]),
        ("ledger: {timestamps: {every: 1m}}", ["dcim.yaml:3:22: ledger.timestamps.url: missing", "dcim.yaml:3:30: ledger.timestamps.every: expected at least 3600 s, found '1m'"]),
        ("heartbeat: 0", ["dcim.yaml:3:12: heartbeat: expected at least 1, found 0"]),
        ("heartbeat: 5s\nheartbeat: 6s", ["dcim.yaml:4:1: heartbeat: stands twice in one mapping; the first one is in line 3"]),
    ],
)  # fmt: skip
def test_a_mistake_is_named_at_its_place(config: Any, tmp_path: Path, line: str, expected: list[str]) -> None:
    _, problems = config(HEAD + line + "\n")
    assert [text.replace(f" in {tmp_path}", "") for text in problems] == expected


def test_a_mistake_in_a_group_of_two_devices_is_one_problem_in_the_group(config: Any) -> None:
    text = HEAD + "groups: {g: {kind: ups, collector: snmp, interval: 5 x}}\ndevices:\n"
    text += "  - {id: a, group: g, address: 'a:1'}\n  - {id: b, group: g, address: 'b:1'}\n"
    _, problems = config(text)
    assert problems == [
        "dcim.yaml:3:52: groups.g.interval: expected a time such as 10s, 5m, 1h or 30d, found '5 x'"
    ]


def test_a_profile_with_mistakes_is_reported_once_and_hides_no_unknown_device(
    config: Any, plugins: Any
) -> None:
    plugins["snmp"].broken = "wrong"
    text = (
        HEAD
        + "devices:\n"
        + "".join(
            f"  - {{id: u{n}, kind: ups, collector: snmp, address: 'a:1', profile: p}}\n" for n in range(3)
        )
    )
    _, problems = config(text)
    assert problems == ["profile.yaml:3:1: points: wrong"]
    assert plugins["snmp"].asked == 1


def test_included_files_add_devices_groups_credentials_and_rooms(config: Any) -> None:
    read, problems = config(
        HEAD + "include: [parts/*.yaml, dcim.yaml]\n",
        parts__a_yaml="groups: {g: {kind: ups, collector: snmp}}\nrooms: {r1: One}\n",
        parts__b_yaml="devices: [{id: a, group: g, address: 'a:1', credential: c}]\n",
        parts__c_yaml="credentials: {c: {protocol: snmp, user: me}}\n",
    )
    assert problems == []
    assert [asset.id for asset in read.assets] == ["a"]
    assert read.rooms == {"r1": "One"}


def test_an_included_file_is_checked_like_the_main_one(config: Any) -> None:
    _, problems = config(
        HEAD + "rooms: {r1: One}\ninclude: parts/*.yaml\n",
        parts__a_yaml="rooms: {r1: Again}\nsite: {id: b}\n",
        parts__b_yaml="devices: [\n",
        parts__c_yaml="devices:\n  - {id: a, kind: ups, collector: snmp, address: 'a:1', rom: x}\n",
    )
    assert problems == [
        "parts/a.yaml:1:9: rooms.r1: stands twice; the first one is in dcim.yaml:3",
        "parts/a.yaml:2:1: site: unknown key; known: contracts, credentials, devices, format, groups, maintenance, rooms, services, topology",
        "parts/b.yaml:2:1: did not find expected node content; while parsing a flow node",
        "parts/c.yaml:2:57: devices[0].rom: unknown key; did you mean 'room'?",
    ]


def test_an_absolute_path_is_included_too(config: Any, tmp_path: Path) -> None:
    read, problems = config(HEAD + f"include: {tmp_path}/x/a.yaml\n", x__a_yaml="rooms: {r9: Nine}\n")
    assert problems == []
    assert read.rooms == {"r9": "Nine"}


def test_too_many_included_files_are_refused(config: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcim.settings.reading.reader.MAX_FILES", 1)
    _, problems = config(HEAD + "include: p/*.yaml\n", p__a_yaml="rooms: {}\n", p__b_yaml="rooms: {}\n")
    assert problems == ["dcim.yaml:3:10: include: 2 files match; at most 1 are read"]


@pytest.mark.parametrize("text", ["", "- 1\n", "x", "a: [", "\x00"])
def test_a_file_that_is_no_mapping_is_a_problem_and_nothing_worse(config: Any, text: str) -> None:
    read, problems = config(text)
    assert problems
    assert read.assets == ()


def test_a_missing_file_is_a_problem(tmp_path: Path, plugins: Any, channels: Any) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file or directory"):
        load(tmp_path / "no.yaml", plugins, channels)


def test_settings_without_a_problem_are_loaded(tmp_path: Path, plugins: Any, channels: Any) -> None:
    (tmp_path / "dcim.yaml").write_text(HEAD)
    assert load(tmp_path / "dcim.yaml", plugins, channels).site.id == "cas1"


_LINES = st.lists(st.sampled_from(FULL.splitlines()), max_size=12)
_NOISE = st.text("abc:-{}[]\"'\n 01&*", max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(_LINES, _NOISE, st.integers(0, 400))
def test_a_mangled_config_is_read_or_refused_and_nothing_else(
    tmp_path: Path, plugins: Any, channels: Any, lines: list[str], noise: str, cut: int
) -> None:
    text = "\n".join(lines)
    (tmp_path / "dcim.yaml").write_text(text[:cut] + noise + text[cut:], encoding="utf-8")
    read, problems = survey(tmp_path / "dcim.yaml", plugins, channels)
    assert isinstance(read, Settings)
    assert all(problem.what for problem in problems)
