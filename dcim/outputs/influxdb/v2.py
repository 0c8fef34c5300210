"""The output ``influxdb``: the v2 write API of InfluxDB 2 and 3 and of what imitates it, by influxdb-client.

Of the client only the one call that writes is used: its batching loses what it holds when the server is down.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Final

from pydantic import Field

from dcim.late import late
from dcim.notify.channels.http import Url
from dcim.outputs.contract import Context, Later, OutputSettings
from dcim.outputs.influxdb.output import LineProtocol
from dcim.outputs.web import Answer, WebSettings, address, more_than_base, proxy_of, trusting, unless
from dcim.secret import Hidden, SecretRef

influxdb_client: Any = late("influxdb_client")
rest: Any = late("influxdb_client.rest")
write_service: Any = late("influxdb_client.service.write_service")
urllib3: Any = late("urllib3")

_MS: Final = 1000
_WRITE: Final = more_than_base("/write")


class InfluxSettings(WebSettings):
    """Keys of an ``influxdb`` output. ``org`` is ignored by InfluxDB 3 and by Cloud."""

    url: Annotated[Url, unless(_WRITE)]
    token: SecretRef
    bucket: str = Field(min_length=1)
    org: str = "-"
    gzip: bool = False


class V2:
    """Posts to ``/api/v2/write``. The client takes long to import: it is made with the first post."""

    def __init__(self, connect: Callable[[], Any], org: str, bucket: str, hidden: Hidden) -> None:
        self._connect = connect
        self._client: Any = None
        self._service: Any = None
        self._org = org
        self._bucket = bucket
        self._hidden = hidden

    def write(self, body: bytes, encoding: str) -> Answer | Later:
        """Post a body; return the answer, or why there was none."""
        if self._client is None:
            self._client = self._connect()
            self._service = write_service.WriteService(self._client.api_client)
        more = {"content_encoding": encoding} if encoding else {}
        try:
            _, status, headers = self._service.post_write_with_http_info(
                self._org, self._bucket, body, precision="ns", **more
            )
        except rest.ApiException as wrong:
            if not wrong.status:  # of TLS, before there was an answer
                return Later(self._hidden(" ".join(str(wrong.reason).split())))
            return Answer(wrong.status, dict(wrong.headers or {}), self._hidden(str(wrong.body or "")))
        except urllib3.exceptions.NewConnectionError as wrong:  # refused; it counts as a timeout there
            return Later(self._hidden(f"no connection: {_cause(wrong)}"))
        except urllib3.exceptions.TimeoutError:
            return Later("no answer in time")
        except (urllib3.exceptions.HTTPError, UnicodeDecodeError) as wrong:
            return Later(self._hidden(f"{type(wrong).__name__}: {wrong}"))
        return Answer(status, dict(headers or {}))

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()


class InfluxPlugin:
    """What the entry point ``dcim.outputs: influxdb`` names."""

    name = "influxdb"
    settings_type: type[OutputSettings] = InfluxSettings

    def open(self, settings: InfluxSettings, context: Context) -> LineProtocol:
        """Return the output; raise Unresolved for a missing secret, OSError for an unreadable CA file."""
        token = context.secret(settings.token)
        connect = partial(
            _connected,
            url=address(settings.url, context, wrong=_WRITE),
            token=token,
            org=settings.org,
            timeout=round(settings.timeout * _MS),
            retries=False,
            ssl_context=trusting(settings),
            proxy=proxy_of(settings, context),
            connection_pool_maxsize=1,
        )
        api = V2(connect, settings.org, settings.bucket, Hidden([token]))
        return LineProtocol(api, gzip=settings.gzip)


def _cause(wrong: BaseException) -> str:
    """Return what the system said, such as ``Connection refused``."""
    below = wrong.__cause__ or wrong.__context__
    return str(below.strerror or below) if isinstance(below, OSError) else str(wrong)


def _connected(**settings: Any) -> Any:
    return influxdb_client.InfluxDBClient(**settings)


plugin = InfluxPlugin()
