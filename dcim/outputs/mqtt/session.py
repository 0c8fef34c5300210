"""One connection to a broker, from its beginning to its end; another one is another session.

What a broker has not confirmed when a connection breaks is not kept here: the block comes again.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable
from threading import Event, Lock
from typing import Annotated, Any, Final

from pydantic import Field, model_validator

from dcim.late import late
from dcim.outputs.contract import Context, Halted, Later, OutputSettings
from dcim.secret import SecretRef
from dcim.settings.values.trusted import CaFile
from dcim.settings.values.written import HostName

mqtt: Any = late("paho.mqtt.client")

Heard = Callable[[str, bytes], None]

_KEEPALIVE: Final = 30
_PORTS: Final = {True: 8883, False: 1883}
_LOCKED: Final = ("user name or password", "not authorized", "not authorised", "identifier", "banned")
"""Words of a refused connection that speak of access, which people mend."""


class MqttSettings(OutputSettings):
    """What both kinds share. ``timeout`` is seconds for the broker to confirm a block."""

    host: HostName
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    tls: bool = False
    ca_file: CaFile | None = None
    user: str = ""
    password: SecretRef | None = None
    client_id: str = ""
    timeout: float = Field(default=30.0, gt=0, le=300)

    @model_validator(mode="after")
    def _whole(self) -> MqttSettings:
        if bool(self.user) != (self.password is not None):
            msg = "user and password come together"
            raise ValueError(msg)
        if self.ca_file is not None and not self.tls:
            msg = "ca_file is for tls: true"
            raise ValueError(msg)
        return self


class Session:
    """A connection. ``publish`` and ``settle`` raise OSError when it is gone."""

    def __init__(self, client: Any, host: str, port: int, timeout: float) -> None:
        self._client = client
        self._host = host
        self._port = port
        self._timeout = timeout
        self._told = Event()  # the broker has answered our connect
        self._refused = ""
        self._gone = ""
        self._subscribed: dict[int, Event] = {}
        self._lock = Lock()
        self._unconfirmed: list[Any] = []
        self.heard: Heard = lambda _topic, _payload: None
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = lambda _client, _data, message: self.heard(message.topic, message.payload)

    def open(self) -> Later | Halted | None:
        """Connect; return why that is not possible."""
        try:
            self._client.connect(self._host, self._port, keepalive=_KEEPALIVE)
        except (OSError, ValueError) as why:
            return Later(f"{self._host}:{self._port}: {why}")
        self._client.loop_start()
        if not self._told.wait(self._timeout):
            return Later("no answer in time")
        if self._refused:
            low = self._refused.lower()
            return Halted(self._refused) if any(word in low for word in _LOCKED) else Later(self._refused)
        return None

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """Send a message; of one with ``qos`` 1 ``settle`` waits for the confirmation."""
        info = self._client.publish(topic, payload, qos=qos, retain=retain)
        if info.rc != 0:
            raise ConnectionError(self._gone or mqtt.error_string(info.rc))
        if qos:
            self._unconfirmed.append(info)

    def subscribe(self, topics: Iterable[str]) -> None:
        """Hear topics from now on; return when the broker has confirmed that, and with it all before."""
        done = Event()
        with self._lock:
            code, number = self._client.subscribe([(topic, 1) for topic in topics])
            if code == 0:
                self._subscribed[number] = done
        if code != 0:
            raise ConnectionError(self._gone or mqtt.error_string(code))
        self._wait(done.is_set)

    def settle(self) -> None:
        """Return when the broker has confirmed every message with ``qos`` 1."""
        waiting, self._unconfirmed = self._unconfirmed, []
        for info in waiting:
            self._wait(info.is_published)

    def close(self) -> None:
        """End it in order: the broker does not publish the will."""
        self._client.disconnect()
        self._client.loop_stop()

    def _wait(self, holds: Callable[[], bool]) -> None:
        ends = time.monotonic() + self._timeout
        while not holds():
            if self._gone:
                raise ConnectionError(self._gone)
            if time.monotonic() > ends:
                msg = "the broker confirms nothing"
                raise TimeoutError(msg)
            time.sleep(0.002)

    # called by paho's thread

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._refused = str(reason) if reason.is_failure else ""
        self._told.set()

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._gone = f"the connection is gone: {reason}"
        self._refused = self._refused or self._gone
        self._told.set()

    def _on_subscribe(self, _client: Any, _data: Any, number: int, _codes: Any, _properties: Any) -> None:
        with self._lock:
            done = self._subscribed.pop(number, None)
        if done is not None:
            done.set()


class Broker:
    """Where a broker is and how one gets in: makes sessions."""

    def __init__(self, settings: MqttSettings, context: Context, client_id: str) -> None:
        """Raise ``Unresolved`` for a missing secret, OSError for an unreadable CA file."""
        self._settings = settings
        self._client_id = settings.client_id or client_id
        self._password = context.secret(settings.password) if settings.password is not None else None
        self._trust = None
        if settings.tls:
            self._trust = ssl.create_default_context(
                cafile=str(settings.ca_file) if settings.ca_file else None
            )

    def session(self, will: tuple[str, bytes] | None = None) -> Session:
        """Return a connection that is not open yet; ``will`` is what the broker says when it breaks."""
        mine = self._settings
        client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=True,
            reconnect_on_failure=False,
        )
        client.connect_timeout = mine.timeout
        client.max_inflight_messages_set(1000)
        if mine.user:
            client.username_pw_set(mine.user, self._password)
        if self._trust is not None:
            client.tls_set_context(self._trust)
        if will is not None:
            client.will_set(will[0], will[1], qos=1, retain=False)
        return Session(client, mine.host, mine.port or _PORTS[mine.tls], mine.timeout)
