"""What keeps the daemon from starting is said in words, with exit code 1, and nothing is harmed by the attempt.

Pains: D8, J1, J2, L2.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from dcim.clock import SystemClock
from dcim.store import DATABASE, Store, verify
from dcim.store.lock import StateLock

Run: TypeAlias = Callable[..., tuple[int, str]]

CONFIG: dict[str, Any] = {
    "format": 1,
    "site": {"id": "cas1"},
    "state": "state",
    "web": {"listen": "127.0.0.1:0"},
    "devices": [],
}
TEN_MISTAKES = """\
format: 1
site: { id: cas 1, time_zone: Africa/Casablnca, language: de }
state: state
web: { listen: "127.0.0.1:99999" }
heartbeat: 5 parsecs
credentials:
  noc: { protocol: snmp, version: "2c", community: hunter2 }
devices:
  - { id: ups-a, kind: usp, collector: snmp, credential: noc, address: "10.0.0.1:161" }
  - { id: ups-b, kind: ups, collector: snpm, credential: noc, address: "10.0.0.2:161" }
  - { id: ups-c, kind: ups, collector: snmp, credential: nco, address: "10.0.0.3:161" }
  - { id: ups-d, kind: ups, collector: snmp, profile: rfc1628_usp, credential: noc, address: "10.0.0.4:161" }
notify: { channels: [ { name: far, type: webhok } ] }
"""
PROFILE = """\
profile: acme
format: 1
kind: usp
vendor: Acme
titel: Acme UPS
snmp: { match: [1.3.6.1.4.1.1], root: 1.3.6.1.4.1.1, wlak: next }
points:
  - { metric: ups_battery_charge_ratio, oid: $root.1.0, unit: V }
  - { metric: ups_battery_chrge_ratio, oid: $root.2.0, unit: "%" }
  - { metric: ups_battery_voltage_volts, oid: 1.3.6.1.x, unit: V }
  - { metric: ups_battery_state, oid: $root.4.0, states: { 1: { normal: okay } } }
  - { metric: ups_output_power_watts, oid: $root.7.0, unit: kW, rnage: [0, 1] }
tables:
  output:
    entry: $root.5.1
    index: [line]
    labels: { phase: { index: line } }
    points:
      - { metric: ups_output_voltage_volts, column: 2, unit: v }
      - { metric: ups_output_current_amperes, colum: 3, unit: A }
"""
PLACE = re.compile(r"^\S+\.yaml:\d+:\d+: ")


@pytest.fixture(scope="module")
def forks() -> Iterator[subprocess.Popen[str]]:
    script = Path(__file__).with_name("command.py")
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def dcim(forks: subprocess.Popen[str], tmp_path: Path) -> Run:
    """Run the command line; return its exit code and all it said. Nothing it says is ever a traceback."""

    def run(*argv: object, path: Path | None = None, **env: str) -> tuple[int, str]:
        out = tmp_path / "said"
        asked = {
            "argv": [str(word) for word in argv], "env": env, "path": str(path or ""), "out": str(out),
        }  # fmt: skip
        assert forks.stdin is not None
        assert forks.stdout is not None
        forks.stdin.write(json.dumps(asked) + "\n")
        forks.stdin.flush()
        code = json.loads(forks.stdout.readline())["code"]
        said = out.read_text()
        assert "Traceback" not in said, said
        return code, said.replace(f"{tmp_path}/", "")

    return run


@pytest.fixture
def config(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str = "", **more: Any) -> Path:
        path = tmp_path / "dcim.yaml"
        path.write_text(text or json.dumps({**CONFIG, **more}))
        return path

    return write


def test_ten_mistakes_in_a_config_are_ten_lines_and_nothing_is_started(
    dcim: Run, config: Callable[..., Path], tmp_path: Path
) -> None:
    code, said = dcim("run", "-c", config(TEN_MISTAKES))
    lines = said.splitlines()
    assert code == 1
    assert len([line for line in lines if PLACE.match(line)]) >= 10, said
    assert lines[-1] == f"{len(lines) - 1} problem(s); nothing was started"
    for meant in ("'snmp'", "'noc'", "'rfc1628_ups'", "'webhook'", "'Africa/Casablanca'"):
        assert f"did you mean {meant}" in said
    assert "hunter2" not in said
    assert not (tmp_path / "state").exists()


def test_ten_mistakes_in_a_profile_of_the_site_are_ten_lines(
    dcim: Run, config: Callable[..., Path], tmp_path: Path
) -> None:
    folder = tmp_path / "own" / "acme"
    folder.mkdir(parents=True)
    (folder / "profile.yaml").write_text(PROFILE)
    code, said = dcim("run", "-c", config(profiles="own"))
    lines = said.splitlines()
    assert code == 1
    assert len([line for line in lines if line.startswith("own/acme/profile.yaml:")]) >= 10, said
    assert not (tmp_path / "state").exists()


def test_mistakes_in_config_rules_profiles_and_secrets_come_together_and_as_check_says_them(
    dcim: Run, config: Callable[..., Path], tmp_path: Path
) -> None:
    folder = tmp_path / "own" / "acme"
    folder.mkdir(parents=True)
    (folder / "profile.yaml").write_text("profile: acme\nformat: 1\nsnmp: {}\n")
    (tmp_path / "rules.yaml").write_text("format: 1\nruls: []\n")
    path = config(
        profiles="own",
        alerts={"rules": ["rules.yaml"]},
        credentials={"v2": {"protocol": "snmp", "version": "2c", "community": "env:DCIM_NO_SUCH_THING"}},
        devices=[{"id": "a", "kind": "ups", "collector": "snmp", "address": "10.0.0.1:161", "kind2": 1}],
    )
    code, said = dcim("run", "-c", path)
    problems = said.splitlines()[:-1]
    assert code == 1
    for part in (
        "kind2: unknown key",
        "rules.yaml:2:1: ruls",
        "profile.yaml:1:1: kind: missing",
        "DCIM_NO_SUCH",
    ):
        assert any(part in line for line in problems), said
    code, checked = dcim("check", "-c", path)
    assert code == 1
    assert checked.splitlines()[:-1] == problems


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "dcim.yaml: cannot be read: No such file or directory"),
        (b"", "dcim.yaml"),
        (b"\x00\xff\xfe" * 9, "dcim.yaml"),
        (b"format: 1\nsite: [", "dcim.yaml:3:1"),
        (b"- " * 3000, "dcim.yaml:1:"),
    ],
)
def test_a_config_that_is_none_is_a_problem_with_its_name(
    dcim: Run, tmp_path: Path, content: bytes | None, says: str
) -> None:
    if content is not None:
        (tmp_path / "dcim.yaml").write_bytes(content)
    code, said = dcim("run", "-c", tmp_path / "dcim.yaml")
    assert code == 1
    assert says in said
    assert said.splitlines()[-1] == "1 problem(s); nothing was started"


def test_a_port_in_use_is_named_with_what_to_do_and_no_state_is_made(
    dcim: Run, config: Callable[..., Path], tmp_path: Path
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, said = dcim("run", "-c", config(), "--listen", f"127.0.0.1:{port}")
    assert code == 1
    assert said == (
        f"dcim: cannot listen on 127.0.0.1:{port}: Address already in use. Another program may have it: "
        "give another address with --listen or web.listen in the configuration\n"
    )
    assert not (tmp_path / "state").exists()


def test_an_address_of_another_machine_cannot_be_listened_on(dcim: Run, config: Callable[..., Path]) -> None:
    code, said = dcim("run", "-c", config(), "--listen", "192.0.2.1:8480")
    assert code == 1
    assert said.startswith(
        "dcim: cannot listen on 192.0.2.1:8480: Cannot assign requested address. No interface"
    )


def test_a_listen_address_that_is_none_is_wrong_usage(dcim: Run, config: Callable[..., Path]) -> None:
    assert dcim("run", "-c", config(), "--listen", "nonsense")[0] == 2


def test_a_demo_leaves_a_folder_alone_in_which_another_is_at_home(dcim: Run, tmp_path: Path) -> None:
    """Pains: D8."""
    lock = StateLock(tmp_path / "home")
    try:
        code, said = dcim("demo", "--state", tmp_path / "home")
    finally:
        lock.release()
    assert code == 1
    assert "home is in use by another dcim" in said
    assert "starting" not in said
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["lock"]


@pytest.mark.parametrize("option", ["--listen", "--smtp", "--webhook"])
def test_a_demo_names_the_option_that_is_wrong_before_it_starts_anything(dcim: Run, option: str) -> None:
    code, said = dcim("demo", option, "nonsense")
    assert code == 2
    assert f"Invalid value for {option}: expected" in said
    assert "starting" not in said


def test_a_state_directory_that_is_a_file_is_said(
    dcim: Run, config: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "state").write_text("mine")
    code, said = dcim("run", "-c", config())
    assert code == 1
    assert said.startswith("dcim: cannot use state directory state: File exists")
    assert (tmp_path / "state").read_text() == "mine"


def test_a_history_that_is_a_file_is_said(dcim: Run, config: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "history").write_text("mine")
    code, said = dcim("run", "-c", config())
    assert code == 1
    assert said == "dcim: state/history: File exists\n"


def test_an_unwritable_state_directory_says_whose_rights_are_missing(
    config: Callable[..., Path], tmp_path: Path
) -> None:
    """As anybody but root; root gives up the right to write where it may not (capabilities(7))."""
    (tmp_path / "state").mkdir(mode=0o555)
    bare = [sys.executable, "-m", "dcim.cli", "run", "-c", str(config())]
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed, and root may write everywhere")
    drop = ["setpriv", "--bounding-set=-dac_override", "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*drop, *bare], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == (
        f"dcim: cannot use state directory {tmp_path}/state: Permission denied (as user {os.geteuid()}); "
        "make it writable for this user, or name another with --state\n"
    )


def test_a_database_of_a_newer_version_is_left_alone(
    dcim: Run, config: Callable[..., Path], tmp_path: Path
) -> None:
    state = tmp_path / "state"
    Store.open(state, "cas1", SystemClock()).close()
    database = sqlite3.connect(state / DATABASE)
    database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.commit()
    database.close()
    before = (state / DATABASE).read_bytes()
    code, said = dcim("run", "-c", config())
    assert code == 1
    assert "newer" in said
    assert len(said.splitlines()) == 1
    assert (state / DATABASE).read_bytes() == before


@pytest.mark.long
def test_a_broken_database_is_left_for_who_can_mend_it(
    dcim: Run, config: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / DATABASE).write_bytes(b"no database " * 500)
    code, said = dcim("run", "-c", config())
    assert code == 1
    assert "state/dcim.db is no dcim database or is broken" in said
    assert len(said.splitlines()) == 1
    assert (tmp_path / "state" / DATABASE).read_bytes() == b"no database " * 500


def test_the_ledger_of_another_site_is_not_continued(
    dcim: Run, config: Callable[..., Path], tmp_path: Path
) -> None:
    Store.open(tmp_path / "state", "rba1", SystemClock()).close()
    code, said = dcim("run", "-c", config())
    assert code == 1
    assert "holds the ledger of site 'rba1', not of 'cas1'" in said
    report = verify(tmp_path / "state")
    assert (report.holds, report.entries) == (True, 1)


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_plug_in_that_a_device_needs_and_that_cannot_be_imported_is_named_with_its_package(
    dcim: Run, config: Callable[..., Path], tmp_path: Path, command: str
) -> None:
    about = tmp_path / "site" / "dcim_bacnet-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: dcim-bacnet\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[dcim.collectors]\nbacnet = dcim_bacnet:plugin\n")
    device = {
        "id": "crac-a",
        "kind": "crac",
        "collector": "bacnet",
        "address": "127.0.0.1:1",
        "interval": "1s",
    }
    code, said = dcim(command, "-c", config(devices=[device]), path=tmp_path / "site")
    assert code == 1
    assert said == (
        "dcim: plug-in 'bacnet' (dcim.collectors, from package dcim-bacnet) cannot be imported: "
        "No module named 'dcim_bacnet'\n"
    )


@pytest.mark.parametrize("url", ["ftp://far/x", "http://", "https://[::1", "far.example/x", "http://a b/"])
def test_a_webhook_address_that_is_none_is_said_where_it_stands(
    dcim: Run, config: Callable[..., Path], tmp_path: Path, url: str
) -> None:
    path = config(notify={"channels": [{"name": "far", "type": "webhook", "url": url}]})
    code, said = dcim("run", "-c", path)
    assert code == 1
    assert "notify.channels[0].url" in said, said
    assert "expected http" in said, said
    assert not (tmp_path / "state").exists()


def test_a_webhook_address_that_is_a_secret_and_none_is_not_shown(
    dcim: Run, config: Callable[..., Path]
) -> None:
    path = config(notify={"channels": [{"name": "far", "type": "webhook", "url": "env:HOOK"}]})
    code, said = dcim("run", "-c", path, HOOK="hunter2")
    assert code == 1
    assert "not an http or https address" in said, said
    assert "far" in said, said
    assert "hunter2" not in said


def test_a_credential_that_was_not_handed_over_keeps_it_from_starting(
    dcim: Run, config: Callable[..., Path], tmp_path: Path
) -> None:
    path = config(credentials={"v2": {"protocol": "snmp", "version": "2c", "community": "credential:snmp"}})
    code, said = dcim("run", "-c", path, CREDENTIALS_DIRECTORY=str(tmp_path))
    assert code == 1
    assert "credentials.v2.community: credential:snmp: cannot be read: No such file or directory" in said
    assert not (tmp_path / "state").exists()
