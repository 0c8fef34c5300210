"""The output ``sparkplug``: an edge node after Sparkplug B 3.0, its devices those of the site.

    connect, will NDEATH (bdSeq) ─▶ NBIRTH seq 0 ─▶ DBIRTH of a device before its first data ─▶ DDATA ...
    rebirth command, or a metric that is new ─▶ births again      three polls without answer ─▶ DDEATH

The specification wants QoS 0, which nobody confirms: after each block the node subscribes again to its own
commands, and the broker's answer to that says that it has taken everything before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field

from dcim.clock import Clock
from dcim.history.durable import replace_text
from dcim.outputs.block import Block
from dcim.outputs.book import Book
from dcim.outputs.contract import Context, Durable, Later, OutputSettings, Verdict
from dcim.outputs.mqtt.devices import Devices
from dcim.outputs.mqtt.lives import REACH, Life, spans
from dcim.outputs.mqtt.payload import BOOLEAN, INT64, Metric, payload
from dcim.outputs.mqtt.session import Broker, MqttSettings, Session
from dcim.outputs.rows import Row, rows
from dcim.settings.values.written import fits

_SPACE: Final = "spBv1.0"
_REBIRTH: Final = "Node Control/Rebirth"
_NAME: Final = fits(r"[^/+#\x00]{0,100}", "at most 100 characters, none of them / + or #")
_WORDS: Final = 256  # bdSeq and seq go from 0 to 255
_OLD: Final = 60_000
"""Milliseconds after which a reading is marked as historical: hosts then show no alarm of now."""


class SparkplugSettings(MqttSettings):
    """Keys of a ``sparkplug`` output. ``primary_host``: nothing is sent while that application is away."""

    group: Annotated[str, _NAME, Field(min_length=1)] = "dcim"
    node: Annotated[str, _NAME] = ""
    primary_host: Annotated[str, _NAME] = ""


class Sparkplug:
    """Publishes blocks as an edge node. Fulfils ``dcim.outputs.contract.Output``."""

    def __init__(self, broker: Broker, names: tuple[str, str, str], folder: Path, clock: Clock) -> None:
        self._broker = broker
        self._group, self._node, self._primary = names
        self._bd_file = folder / "bdseq"
        self._clock = clock
        self._session: Session | None = None
        self._devices: Devices | None = None
        self._death = b""
        self._bd_seq = self._seq = 0
        self._rebirth = False
        self._online = not self._primary
        self._lives: dict[str, Life] = {}  # of devices of which the last polls had no answer

    def send(self, block: Block) -> Verdict:
        """Publish a block; return when the broker has taken every message."""
        if self._devices is None or self._devices.book is not block.book:
            self._devices = Devices(block.book)
        try:
            if self._session is None and (why := self._begin()) is not None:
                return why
            if not self._online:
                self._end()
                return Later("the primary host application is away")
            return self._send(block, self._devices)
        except OSError as why:
            self._end(in_order=False)
            return Later(str(why))

    def close(self) -> None:
        """Say the death of the node and end the connection."""
        self._end()

    def _send(self, block: Block, devices: Devices) -> Durable:
        if self._rebirth:
            self._rebirth = False
            self._births(devices)
        found = list(rows(block))
        lives = {
            device: self._device(devices, device, some) for device, some in _by_device(block.book, found)
        }
        self._confirm()
        # only now: a block that is sent again is read again from where it began
        self._lives = {name: life for name, life in (self._lives | lives).items() if life != Life()}
        return Durable(len(found))

    def _device(self, devices: Devices, device: str, some: list[Row]) -> Life:
        """Send what is new of a device: a birth where it has none, a death where it is gone."""

        def reach(row: Row) -> bool:
            return devices.book.point(row.place).metric == REACH

        found, life = spans(self._lives.get(device, Life()), some, reach)
        for alive, part in found:
            fresh = devices.note(device, part)
            if alive:
                if fresh or not devices.is_born(device):
                    self._publish("DBIRTH", device, devices.birth(device))
                old = self._now() - _OLD
                data = [devices.metric(row, historical=row.at < old) for row in part]
                self._publish("DDATA", device, data)
            elif devices.is_born(device):
                devices.bury(device)
                self._publish("DDEATH", device, ())
        return life

    # the session

    def _begin(self) -> Verdict | None:
        """Connect and be born; return why that is not possible."""
        bd_seq = self._next_bd_seq()
        will = payload(self._now(), [Metric(bd_seq, self._now(), INT64, "bdSeq")])
        session = self._broker.session((f"{_SPACE}/{self._group}/NDEATH/{self._node}", will))
        session.heard = self._heard
        if (why := session.open()) is not None:
            session.close()
            return why
        self._session, self._death = session, will
        self._online = not self._primary
        if self._primary:
            session.subscribe([f"{_SPACE}/STATE/{self._primary}"])  # retained: it comes with the answer
        if not self._online:
            return None
        self._confirm()
        self._bd_seq = bd_seq
        assert self._devices is not None  # noqa: S101  made by send
        self._births(self._devices)
        return None

    def _births(self, devices: Devices) -> None:
        """Say what there is, from the node on."""
        now = self._now()
        node = (Metric(self._bd_seq, now, INT64, "bdSeq"), Metric(False, now, BOOLEAN, _REBIRTH))
        self._seq = 0
        self._publish("NBIRTH", "", node)
        for device in devices.bury_all():
            if not self._lives.get(device, Life()).dead:
                self._publish("DBIRTH", device, devices.birth(device))

    def _publish(self, kind: str, device: str, metrics: Iterable[Metric]) -> None:
        assert self._session is not None  # noqa: S101  begun by send
        parts = [_SPACE, self._group, kind, self._node, *([device_id(device)] if device else [])]
        self._session.publish("/".join(parts), payload(self._now(), metrics, self._seq))
        self._seq = (self._seq + 1) % _WORDS

    def _confirm(self) -> None:
        assert self._session is not None  # noqa: S101  begun by send
        self._session.subscribe([f"{_SPACE}/{self._group}/NCMD/{self._node}"])

    def _end(self, *, in_order: bool = True) -> None:
        session, self._session = self._session, None
        if session is None:
            return
        if in_order:  # whoever disconnects in order says its death itself: no will is published
            with suppress(OSError):
                topic = f"{_SPACE}/{self._group}/NDEATH/{self._node}"
                session.publish(topic, self._death, qos=1)
                session.settle()
        session.close()
        if self._devices is not None:
            self._devices.bury_all()

    def _heard(self, topic: str, said: bytes) -> None:
        """Take a command or the state of the host; called by the thread of the connection."""
        if topic == f"{_SPACE}/STATE/{self._primary}":
            with suppress(ValueError, TypeError, KeyError):
                self._online = json.loads(said)["online"] is True
        elif _REBIRTH.encode() in said:
            self._rebirth = True

    def _next_bd_seq(self) -> int:
        """Return the number of this session, kept over restarts. Raise OSError."""
        try:
            before = int(self._bd_file.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            before = -1
        self._bd_file.parent.mkdir(parents=True, exist_ok=True)
        number = (before + 1) % _WORDS
        replace_text(self._bd_file, str(number))
        return number

    def _now(self) -> int:
        return round(self._clock.now() * 1000)


def device_id(asset: str) -> str:
    """Return an id of a device as Sparkplug takes it."""
    return re.sub(r"[/+#\x00-\x1f]", "_", asset)


def _by_device(book: Book, found: Iterable[Row]) -> Iterable[tuple[str, list[Row]]]:
    groups: dict[str, list[Row]] = {}
    for row in found:
        groups.setdefault(book.point(row.place).asset, []).append(row)
    return groups.items()


class SparkplugPlugin:
    """What the entry point ``dcim.outputs: sparkplug`` names."""

    name = "sparkplug"
    settings_type: type[OutputSettings] = SparkplugSettings

    def open(self, settings: Any, context: Context) -> Sparkplug:
        """Return the output; raise Unresolved for a missing secret, OSError for an unreadable CA file."""
        node = settings.node or device_id(context.site)
        broker = Broker(settings, context, f"dcim-{context.site}-{context.name}")
        names = (settings.group, node, settings.primary_host)
        return Sparkplug(broker, names, context.folder, context.clock)


plugin = SparkplugPlugin()
