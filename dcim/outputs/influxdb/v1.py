"""The output ``influxdb1``: ``/write`` of InfluxDB 1, of VictoriaMetrics, Telegraf and others like them."""

from __future__ import annotations

import re
from typing import Annotated, Final
from urllib.parse import urlencode

from dcim.notify.channels.http import Url
from dcim.outputs.contract import Context, Later, OutputSettings
from dcim.outputs.influxdb.output import LineProtocol
from dcim.outputs.web import Answer, LoginSettings, Web, address, more_than_base, open_login, unless

_MISSING: Final = re.compile(r"database not found|retention policy not found")
_WRITE: Final = more_than_base("/write")


class Influx1Settings(LoginSettings):
    """Keys of an ``influxdb1`` output. ``database`` is what VictoriaMetrics shows as the label ``db``."""

    url: Annotated[Url, unless(_WRITE)]
    database: str = ""
    retention_policy: str = ""
    gzip: bool = False


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
        web = open_login(settings, context)
        base = address(settings.url, context, wrong=_WRITE)
        return LineProtocol(V1(web, f"{base}/write?{query}"), gzip=settings.gzip)


plugin = Influx1Plugin()
