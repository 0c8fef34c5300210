"""The channel ``apprise``: whatever the library Apprise can reach. An extra: ``pip install 'dcim[apprise]'``.

Apprise says only whether everybody took a message, not why not: so everything that fails is tried again,
and who took it at the first try gets it once more. A service with a channel here is better served by that.
"""

from __future__ import annotations

import asyncio
import logging
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from pydantic import Field

from dcim.model import DcimError
from dcim.notify.channel import ChannelSettings, Context, Delivered, Letter, RetryAfter, Stage, Verdict
from dcim.notify.wording import text
from dcim.secret import SecretRef, Unresolved

_TITLE: Final = 250
_KINDS: Final = {Stage.RESOLVE: "success", Stage.ACKNOWLEDGE: "info"}


class AppriseMissing(DcimError):
    """The library is not installed."""


class AppriseSettings(ChannelSettings):
    """Keys of an ``apprise`` channel. ``urls``: references to addresses as Apprise writes them."""

    urls: tuple[SecretRef, ...] = Field(min_length=1, max_length=20)
    timeout: float = Field(default=30.0, gt=0, le=120)


class AppriseChannel:
    """Notifies every address at once, in a thread of its own."""

    def __init__(self, service: Any, settings: AppriseSettings, context: Context) -> None:
        self._service = service
        self._timeout = settings.timeout
        self._language = context.language(settings)
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="apprise")

    async def send(self, letter: Letter) -> Verdict:
        """Notify all; only when every one of them took it is it delivered."""
        said = {
            "title": text.subject(letter, self._language, _TITLE),
            "body": "\n".join(text.sentences(letter, self._language)),
            "notify_type": _KINDS.get(letter.stage, "info" if letter.is_test else "failure"),
            "body_format": "text",
            "interpret_escapes": False,
        }
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout):
                taken = await loop.run_in_executor(self._threads, lambda: self._service.notify(**said))
        except TimeoutError:
            return RetryAfter("no answer in time")
        except (OSError, TypeError, ValueError) as wrong:
            return RetryAfter(f"apprise: {type(wrong).__name__}")  # its text may hold an address
        return Delivered() if taken else RetryAfter("apprise: not everybody took it")

    async def aclose(self) -> None:
        """Wait for no thread; one under way ends by its own timeout."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _service(settings: AppriseSettings, context: Context) -> Any:
    try:
        import apprise  # the extra: nobody else needs it
    except ImportError as missing:
        msg = "the library Apprise is not installed: pip install 'dcim[apprise]'"
        raise AppriseMissing(msg) from missing
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it logs parts of addresses
    service = apprise.Apprise()
    for ref in settings.urls:
        if not service.add(context.secret(ref)):
            msg = f"{ref}: not an address that Apprise knows"
            raise Unresolved(msg)
    return service


class ApprisePlugin:
    """What the entry point ``dcim.channels: apprise`` names."""

    name = "apprise"
    settings_type = AppriseSettings

    def open(self, settings: AppriseSettings, context: Context) -> AppriseChannel:
        """Return the channel; raise AppriseMissing without the library, Unresolved for a bad address."""
        with warnings.catch_warnings():  # its plug-ins import what Python is about to drop
            warnings.simplefilter("ignore", DeprecationWarning)
            return AppriseChannel(_service(settings, context), settings, context)


plugin = ApprisePlugin()
