"""Channels beside the real thing: Alertmanager killed in the middle, net-snmp's snmptrapd, Postfix, rsyslog."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from dcim.alerts import Alert, Change, ChangeKind, Language, Severity, alert_key
from dcim.clock import SystemClock
from dcim.model import Point
from dcim.notify import Context, Delivered, Letter, Patience, Postman, Site, record
from dcim.notify.channels import alertmanager as am
from dcim.notify.channels import syslog as log
from dcim.notify.channels import trap
from dcim.notify.channels.trap import ENTERPRISE, objects_of
from dcim.notify.posting.trial import trial_letters
from dcim.store import Store
from tests.waiting import free_port
from tests.waiting import until_it as until

from .conftest import Processes

pytestmark = [pytest.mark.live, pytest.mark.waits, pytest.mark.timeout(900)]

SITE = Site("cas1", "Casablanca 1", "Africa/Casablanca", Language.FR)
MIB = Path(__file__).parents[2] / "docs" / "DCIM-MIB.txt"
RECEIVER = """\
route: {{receiver: hook, group_by: [dedup_key], group_wait: 100ms, group_interval: 1s, repeat_interval: 1h}}
receivers:
- name: hook
  webhook_configs: [{{url: '{url}', send_resolved: true}}]
"""


def secret(ref: object) -> str:
    return {"env:COMMUNITY": "area-51", "env:AUTH": "authpass123", "env:PRIV": "privpass123"}[str(ref)]


@dataclass
class Told:
    """What Alertmanager tells: (dedup key, firing or resolved) in the order it came."""

    port: int = 0
    said: list[tuple[str, str]] = field(default_factory=list)
    open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])  # type: ignore[index]
                for alert in json.loads(await reader.readexactly(length))["alerts"]:
                    self.said.append((alert["labels"]["dedup_key"], alert["status"]))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@pytest.fixture
async def told() -> AsyncIterator[Told]:
    told = Told()
    server = await asyncio.start_server(told.serve, "127.0.0.1", 0)
    told.port = server.sockets[0].getsockname()[1]
    yield told
    server.close()
    for writer in told.open:
        writer.close()
    await asyncio.sleep(0.01)


def change(kind: ChangeKind, asset: str, raised_at: float, at: float) -> Change:
    point = Point(asset, "ups_output_source_state")
    key = alert_key("cas1", "ups_on_battery", point)
    return Change(kind, Alert(key, "ups_on_battery", point, Severity.CRITICAL, raised_at), at)


def key_of(asset: str) -> str:
    return change(ChangeKind.RAISED, asset, 0.0, 0.0).alert.key


async def test_alertmanager_killed_in_the_middle_gets_every_message_and_says_who_silences(
    processes: Processes, needs: Callable[..., None], told: Told, tmp_path: Path
) -> None:
    """Pains: H1, H2."""
    needs("prometheus-alertmanager")
    (tmp_path / "am.yml").write_text(RECEIVER.format(url=f"http://127.0.0.1:{told.port}/hook"))
    port = free_port()

    def start() -> Any:
        return processes.start(
            "alertmanager", "prometheus-alertmanager", "--config.file=am.yml", "--storage.path=am",
            f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
        )  # fmt: skip

    url = f"http://127.0.0.1:{port}"
    server = start()
    clock = SystemClock()
    settings = am.AlertmanagerSettings(urls=(url, "http://127.0.0.1:9"), repeat=1.0, keep=60.0, timeout=2.0)
    channel = am.plugin.open(settings, Context(SITE, secret))
    store = Store.open(tmp_path / "state", "cas1", clock)
    man = Postman(store, {"am": channel}, clock, Patience(first=0.2, longest=0.5))
    running = asyncio.create_task(man.run())
    began = clock.now()

    async def say(kind: ChangeKind, *assets: str) -> None:
        await store.commit(
            record([change(kind, asset, began, clock.now()) for asset in assets], SITE, ["am"])
        )
        man.wake()

    async with httpx.AsyncClient() as web:

        async def active() -> set[str]:
            found = (await web.get(f"{url}/api/v2/alerts")).json()
            return {one["labels"]["dedup_key"] for one in found}

        await say(ChangeKind.RAISED, "ups-a", "ups-b")
        await until(
            lambda: {(key_of("ups-a"), "firing"), (key_of("ups-b"), "firing")} <= set(told.said), "told"
        )
        processes.end(server, signal.SIGKILL)
        await say(ChangeKind.RAISED, "ups-c")
        await say(ChangeKind.CLEARED, "ups-a")
        await until(lambda: man.counts["am"].failing_since is not None, "the channel fails")
        start()

        async def stands() -> bool:
            return await active() == {key_of("ups-b"), key_of("ups-c")}

        await until(stands, "what holds stands there again, what ended does not")
        await until(lambda: (key_of("ups-c"), "firing") in told.said, "told of what was raised meanwhile")
        silence = {
            "matchers": [{"name": "device", "value": "ups-b", "isRegex": False}],
            "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z",
            "createdBy": "Amina", "comment": "battery is being changed",
        }  # fmt: skip
        (await web.post(f"{url}/api/v2/silences", json=silence)).raise_for_status()
        await until(lambda: man.counts["am"].silences, "the silence is read back")
        (read,) = man.counts["am"].silences
        assert (read.by, read.why, read.keys) == ("Amina", "battery is being changed", (key_of("ups-b"),))
        assert read.matchers == 'device="ups-b"'
        await say(ChangeKind.CLEARED, "ups-b", "ups-c")
        await until(lambda: (key_of("ups-c"), "resolved") in told.said, "told that it is over")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert {str(one.state) for one in store.outbox()} == {"delivered"}
    mine = [status for key, status in told.said if key == key_of("ups-c")]
    assert mine.index("resolved") > mine.index("firing")
    assert "http://127.0.0.1:9: ConnectError" in man.counts["am"].why
    await man.aclose()
    store.close()


@pytest.mark.parametrize(("version", "kind"), [("2c", "inform"), ("3", "inform"), ("3", "trap")])
async def test_snmptrapd_takes_every_object_of_the_mib(
    processes: Processes, needs: Callable[..., None], tmp_path: Path, version: str, kind: str
) -> None:
    needs("snmptrapd")
    own = "-e 0x80001f8880a1b2c3d4"
    (tmp_path / "snmptrapd.conf").write_text(
        "authCommunity log area-51\n"
        f"createUser {own if kind == 'trap' else ''} dcim SHA-256 authpass123 AES privpass123\n"
        "authUser log dcim priv\n"
        "format2 %v\\n\n"
    )
    port = free_port(socket.SOCK_DGRAM)
    processes.start(
        "snmptrapd", shutil.which("snmptrapd") or "/usr/sbin/snmptrapd", "-f", "-Lo", "-C", "-c",
        tmp_path / "snmptrapd.conf", "-On", f"udp:127.0.0.1:{port}",
        env={"SNMP_PERSISTENT_DIR": str(tmp_path / "persistent"), "MIBS": ""},
    )  # fmt: skip
    v3 = {"user": "dcim", "auth": "sha256", "auth_key": "env:AUTH", "priv": "aes128", "priv_key": "env:PRIV"}
    access: dict[str, Any] = {"community": "env:COMMUNITY"} if version == "2c" else v3
    settings = trap.TrapSettings(host="127.0.0.1", port=port, version=version, kind=kind, timeout=1.0,
        engine_id="80001f8880a1b2c3d4" if kind == "trap" else "", **access,
    )  # fmt: skip
    channel = trap.plugin.open(settings, Context(SITE, secret))
    (letter,) = trial_letters(SITE, "noc", channel, SystemClock().now())

    async def sent() -> bool:
        taken = isinstance(await channel.send(letter), Delivered)
        return taken and ENTERPRISE in processes.log("snmptrapd")

    await until(sent, "the notification is taken")
    await channel.aclose()
    log = processes.log("snmptrapd")
    assert f".{ENTERPRISE}.0.1" in log
    for one in objects_of(letter, Language.FR):
        assert f".{ENTERPRISE}.1.{one.number}.0 = " in log, one
    title = "Message d’essai de la voie noc".encode()  # snmptrapd writes what is not ASCII as its bytes
    assert title.hex(" ").upper() in " ".join(log.split())


async def test_rsyslog_reads_the_structured_data(
    processes: Processes, needs: Callable[..., None], tmp_path: Path
) -> None:
    needs("rsyslogd")
    port = free_port()
    (tmp_path / "r.conf").write_text(
        f'module(load="imtcp")\ninput(type="imtcp" address="127.0.0.1" port="{port}")\n'
        'template(name="t" type="string" string="%jsonmesg%\\n")\n'
        f'action(type="omfile" file="{tmp_path}/out" template="t")\n'
    )
    processes.start("rsyslogd", "rsyslogd", "-n", "-i", tmp_path / "pid", "-f", tmp_path / "r.conf")
    settings = log.SyslogSettings(host="127.0.0.1", port=port, transport="tcp", hostname="dcim1")
    channel = log.plugin.open(settings, Context(SITE, secret))
    (letter,) = trial_letters(SITE, "noc", channel, SystemClock().now())

    async def sent() -> bool:
        return await channel.send(letter) == Delivered()

    await until(sent, "rsyslog takes it and closes")
    await until(
        lambda: (tmp_path / "out").exists() and (tmp_path / "out").read_text().strip(), "it is written"
    )
    read = json.loads((tmp_path / "out").read_text().splitlines()[-1])
    assert (read["hostname"], read["programname"], read["syslogseverity"]) == ("dcim1", "dcim", "6")
    assert read["structured-data"].startswith(f'[dcim@32473 key="{letter.dedup_key}"')
    assert "Message d’essai de la voie noc" in read["msg"]


def test_the_mib_names_the_objects_that_are_sent() -> None:
    text = MIB.read_text()
    named = dict(re.findall(r"^(dcim\w+) OBJECT-TYPE.*?::= \{ dcimObjects (\d+) \}", text, re.M | re.S))
    listed = re.search(r"dcimTrigger NOTIFICATION-TYPE\s+OBJECTS\s+\{(.*?)\}", text, re.S)
    assert listed is not None
    order = [name.strip() for name in listed[1].split(",")]
    assert [int(named[name]) for name in order] == list(range(1, len(named) + 1))
    (letter,) = trial_letters(SITE, "noc", SimpleNamespace(), 0.0)  # type: ignore[arg-type]
    assert len(objects_of(Letter(letter.id, letter.dedup_key, letter.notice, 1), Language.EN)) == len(order)
    assert ENTERPRISE == "1.3.6.1.4.1.32473.42"
    assert "{ enterprises 32473 42 }" in text
