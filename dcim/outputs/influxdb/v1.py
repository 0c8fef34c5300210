"""The output ``influxdb1``: ``/write`` of InfluxDB 1, of VictoriaMetrics, Telegraf and others like them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlencode

from pydantic import model_validator

from dcim.late import late
from dcim.notify.http import Url
from dcim.outputs.contract import Context, Later, OutputSettings
from dcim.outputs.influxdb.output import LineProtocol
from dcim.outputs.web import Answer, Web, WebSettings, address, more_than_base, open_web, unless
from dcim.secret import SecretRef

if TYPE_CHECKING:
    import httpx
else:
    httpx = late("httpx")

_MISSING: Final = re.compile(r"database not found|retention policy not found")
_WRITE: Final = more_than_base("/write")


class Influx1Settings(WebSettings):
    """Keys of an ``influxdb1`` output. ``database`` is what VictoriaMetrics shows as the label ``db``."""

    url: Annotated[Url, unless(_WRITE)]
    database: str = ""
    retention_policy: str = ""
    user: str = ""
    password: SecretRef | None = None
    token: SecretRef | None = None
    gzip: bool = False

    @model_validator(mode="after")
    def _one_way_in(self) -> Influx1Settings:
        if bool(self.user) != (self.password is not None):
            msg = "user and password come together"
            raise ValueError(msg)
        if self.user and self.token is not None:
            msg = "either user and password, or token"
            raise ValueError(msg)
        return self


class V1:
    """Posts to ``/write``."""

    def __init__(self, web: Web, url: str) -> None:
        self._web = web
        self._url = url

    def write(self, body: bytes, encoding: str) -> Answer | Later:
        """Post a body; return the answer, or why there was none.

        InfluxDB 1 says 404 for a database that is not there, as it should, and some versions 400 or 500: that
        is no fault of the lines.
        """
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        answer = self._web.post(
            self._url, body, {**headers, "Content-Encoding": encoding} if encoding else headers
        )
        if isinstance(answer, Later):
            return answer
        status = 404 if answer.status >= 400 and _MISSING.search(answer.text) else answer.status
        return Answer(status, answer.headers, answer.text)

    def close(self) -> None:
        """Close the connections."""
        self._web.close()


class Influx1Plugin:
    """What the entry point ``dcim.outputs: influxdb1`` names."""

    name = "influxdb1"
    settings_type: type[OutputSettings] = Influx1Settings

    def open(self, settings: Influx1Settings, context: Context) -> LineProtocol:
        """Return the output; raise Unresolved for a missing secret, OSError for an unreadable CA file."""
        asked = {"db": settings.database, "rp": settings.retention_policy}
        query = urlencode({"precision": "ns", **{name: text for name, text in asked.items() if text}})
        more: dict[str, object] = {}
        secrets = []
        if settings.password is not None:
            secrets.append(context.secret(settings.password))
            more["auth"] = httpx.BasicAuth(settings.user, secrets[0])
        if settings.token is not None:
            secrets.append(context.secret(settings.token))
            more["headers"] = {"Authorization": f"Bearer {secrets[0]}"}
        web = open_web(settings, context, secrets, **more)
        base = address(settings.url, context, wrong=_WRITE)
        return LineProtocol(V1(web, f"{base}/write?{query}"), gzip=settings.gzip)


plugin = Influx1Plugin()
