"""The channel ``slack``: an incoming webhook, one post a message, in blocks of plain text.

What a device calls itself is never markup: blocks are ``plain_text``, and in the one line that is not, the
three characters that Slack reads are escaped. So no label pages everybody with ``<!channel>``.
"""

from __future__ import annotations

import json
from typing import Any, Final

from dcim.alerts import Language, Severity
from dcim.notify.channel import Context, Letter, Stage, Verdict
from dcim.notify.channels.http import MOVED, Exchange, HttpSettings, Url, address, open_exchange, paths_of
from dcim.notify.wording import text

_HEADER: Final = 150
_SECTION: Final = 3000
_FALLBACK: Final = 3000
"""Most characters that Slack takes in a header and in a section, and that we put into the one line."""

COLOURS: Final = {
    Severity.CRITICAL: "#c0182b",
    Severity.MAJOR: "#c0182b",
    Severity.MINOR: "#b26a00",
    Severity.WARNING: "#b26a00",
}
OVER: Final = "#1b7f5a"

OPEN: Final = {Language.EN: "Open the device", Language.FR: "Ouvrir l’équipement"}


class HookSettings(HttpSettings):
    """Keys of a channel to a chat's hook. ``page``: the address under which people reach our page."""

    url: Url
    page: Url | None = None


class SlackChannel:
    """Posts to one hook, whose address is its password."""

    def __init__(self, settings: HookSettings, context: Context) -> None:
        self._url = address(settings.url, context)
        self._page = address(settings.page, context, "page") if settings.page is not None else ""
        self._language = context.language(settings)
        self._exchange: Exchange = open_exchange(settings, context, paths_of(self._url))

    async def send(self, letter: Letter) -> Verdict:
        """Post one message; a hook that is gone is an address to mend, a payload that is refused is final."""
        body = json.dumps(post_of(letter, self._language, self._page), ensure_ascii=False).encode()
        return await self._exchange.post(self._url, body, {"Content-Type": "application/json"}, MOVED)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._exchange.aclose()


def post_of(letter: Letter, language: Language, page: str = "") -> dict[str, Any]:
    """Return the post of a message. Pure."""
    said = "\n".join(text.sentences(letter, language))
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(text.subject(letter, language, _HEADER))},
        {"type": "section", "text": _plain(text.clipped(said, _SECTION))},
    ]
    if link := text.page_of(letter, page):
        button = {"type": "button", "text": _plain(OPEN[language]), "url": link}
        blocks.append({"type": "actions", "elements": [button]})
    colour = OVER if letter.stage is Stage.RESOLVE else COLOURS[letter.notice.severity]
    return {
        "text": escaped(text.subject(letter, language, _FALLBACK)),
        "attachments": [{"color": colour, "blocks": blocks}],
    }


def escaped(said: str) -> str:
    """Return a text in which Slack reads no markup, link or mention."""
    return said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(said: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": said or "-", "emoji": False}


class SlackPlugin:
    """What the entry point ``dcim.channels: slack`` names."""

    name = "slack"
    settings_type = HookSettings

    def open(self, settings: HookSettings, context: Context) -> SlackChannel:
        """Return the channel; raise Unresolved for a missing secret, OSError for an unreadable CA file."""
        return SlackChannel(settings, context)


plugin = SlackPlugin()
