"""The output ``mqtt``: one JSON message for what a device said at a moment, confirmed by the broker (QoS 1).

dcim/cas1/ups-a   {"asset": "ups-a", "at": "...Z", "labels": {"room": "r1"}, "readings": [
                    {"metric": "dcim_ups_output_load_ratio", "value": 0.5, "unit": "ratio"}, ...]}
"""

from __future__ import annotations

import json
import math
import re
from itertools import groupby
from typing import Annotated, Any, Final

from pydantic import Field

from dcim.outputs.block import Block
from dcim.outputs.book import Book
from dcim.outputs.contract import Context, Durable, Later, OutputSettings, Verdict
from dcim.outputs.exposition import exported
from dcim.outputs.mqtt.session import Broker, MqttSettings, Session
from dcim.outputs.rows import Row, moment, rows
from dcim.settings.values.written import fits

_DEVICE: Final = ("kind", "site", "room", "rack", "feed", "tenant")
_TOPIC: Final = fits(
    r"[^/+#\x00]([^+#\x00]*[^/+#\x00])?", "a topic such as site/power: no + or # in it, no / at its ends"
)
_WILD: Final = re.compile(r"[/+#\x00-\x1f]")


class PlainSettings(MqttSettings):
    """Keys of an ``mqtt`` output. ``retain``: the broker keeps the newest message of each device."""

    topic: Annotated[str, Field(max_length=200), _TOPIC] = "dcim"
    retain: bool = False


class Plain:
    """Publishes blocks. Fulfils ``dcim.outputs.contract.Output``."""

    def __init__(self, broker: Broker, topic: str, *, retain: bool) -> None:
        self._broker = broker
        self._topic = topic
        self._retain = retain
        self._session: Session | None = None

    def send(self, block: Block) -> Verdict:
        """Publish a block; return when the broker has confirmed every message."""
        if self._session is None:
            session = self._broker.session()
            if (why := session.open()) is not None:
                session.close()
                return why
            self._session = session
        count = 0
        try:
            for (asset, at), group in groupby(rows(block), lambda row: _about(block.book, row)):
                found = list(group)
                payload = _payload(block.book, asset, at, found)
                topic = f"{self._topic}/{topic_level(asset)}"
                self._session.publish(topic, payload, qos=1, retain=self._retain)
                count += len(found)
            self._session.settle()
        except OSError as why:
            self.close()
            return Later(str(why))
        return Durable(count)

    def close(self) -> None:
        """End the connection."""
        if self._session is not None:
            self._session.close()
            self._session = None


def topic_level(text: str) -> str:
    """Return a text as one level of a topic."""
    return _WILD.sub("_", text)


def _about(book: Book, row: Row) -> tuple[str, int]:
    return book.point(row.place).asset, row.at


def _payload(book: Book, asset: str, at: int, found: list[Row]) -> bytes:
    device = book.labels(found[0].place)
    said: dict[str, Any] = {
        "asset": asset,
        "at": moment(at),
        "labels": {name: device[name] for name in _DEVICE if name in device},
        "readings": [_reading(book, row) for row in found],
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _reading(book: Book, row: Row) -> dict[str, Any]:
    labels = {name: text for name, text in book.labels(row.place).items() if name not in (*_DEVICE, "asset")}
    said: dict[str, Any] = {"metric": exported(book.point(row.place).metric)}
    if labels:
        said["labels"] = labels
    if row.gap is not None:
        return {**said, "gap": row.gap}
    if row.word is not None:
        return {**said, "state": row.word}
    said["value"] = row.value if row.value is not None and math.isfinite(row.value) else None
    if unit := book.unit(row.place):
        said["unit"] = unit
    return said


class PlainPlugin:
    """What the entry point ``dcim.outputs: mqtt`` names."""

    name = "mqtt"
    settings_type: type[OutputSettings] = PlainSettings

    def open(self, settings: PlainSettings, context: Context) -> Plain:
        """Return the output; raise Unresolved for a missing secret, OSError for an unreadable CA file."""
        broker = Broker(settings, context, f"dcim-{context.site}-{context.name}")
        topic = f"{settings.topic}/{topic_level(context.site)}"
        return Plain(broker, topic, retain=settings.retain)


plugin = PlainPlugin()
