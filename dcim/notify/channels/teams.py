"""The channel ``teams``: an Adaptive Card to a Workflows hook ("when a Teams webhook request is received").

Everything stands in text runs, which know no Markdown: what a device calls itself is shown, never obeyed.
"""

from __future__ import annotations

import json
from typing import Any, Final

from dcim.alerts import Language, Severity
from dcim.notify.channel import Context, Letter, Stage, Verdict
from dcim.notify.channels.http import MOVED, Exchange, address, open_exchange, paths_of
from dcim.notify.channels.slack import OPEN, HookSettings
from dcim.notify.wording import text
from dcim.words import words

_BODY: Final = 28 * 1024
"""Most bytes of a message that Teams takes."""

_TITLE: Final = 250
_VALUE: Final = 1000
_TYPE: Final = "application/vnd.microsoft.card.adaptive"
_SCHEMA: Final = "http://adaptivecards.io/schemas/adaptive-card.json"
_STYLES: Final = {
    Severity.CRITICAL: "attention",
    Severity.MAJOR: "attention",
    Severity.MINOR: "warning",
    Severity.WARNING: "warning",
}


class TeamsChannel:
    """Posts to one hook, whose address is its password."""

    def __init__(self, settings: HookSettings, context: Context) -> None:
        self._url = address(settings.url, context)
        self._page = address(settings.page, context, "page") if settings.page is not None else ""
        self._language = context.language(settings)
        self._exchange: Exchange = open_exchange(settings, context, paths_of(self._url))

    async def send(self, letter: Letter) -> Verdict:
        """Post one card; a flow that is gone is an address to mend, a card that is refused is final."""
        body = fitting(letter, self._language, self._page)
        return await self._exchange.post(self._url, body, {"Content-Type": "application/json"}, MOVED)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._exchange.aclose()


def fitting(letter: Letter, language: Language, page: str = "") -> bytes:
    """Return the message as JSON that Teams takes: the last lines left out if it must be so. Pure."""
    said = text.rows(letter, language)
    while True:
        body = json.dumps(message_of(letter, said, language, page), ensure_ascii=False).encode()
        if len(body) <= _BODY or not said:
            return body
        said = said[: len(said) - max(1, len(said) // 8)]


def message_of(
    letter: Letter, said: list[tuple[str, str]], language: Language, page: str = ""
) -> dict[str, Any]:
    """Return the message with one card that says these lines. Pure."""
    title, colon = text.subject(letter, language, _TITLE), words(language)("colon")
    style = "good" if letter.stage is Stage.RESOLVE else _STYLES[letter.notice.severity]
    head = {
        "type": "Container",
        "style": style,
        "bleed": True,
        "items": [_runs({"text": title, "weight": "Bolder", "size": "Medium"})],
    }
    card: dict[str, Any] = {
        "$schema": _SCHEMA,
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": title,
        "msteams": {"width": "Full"},
        "body": [head, *(_row(f"{name}{colon} ", value) for name, value in said)],
    }
    if link := text.page_of(letter, page):
        card["actions"] = [{"type": "Action.OpenUrl", "title": OPEN[language], "url": link}]
    return {
        "type": "message",
        "attachments": [{"contentType": _TYPE, "contentUrl": None, "content": card}],
    }


def _row(name: str, value: str) -> dict[str, Any]:
    return _runs({"text": name, "weight": "Bolder"}, {"text": text.clipped(value, _VALUE)})


def _runs(*runs: dict[str, Any]) -> dict[str, Any]:
    inlines = [{"type": "TextRun", **run} for run in runs]
    return {"type": "RichTextBlock", "spacing": "Small", "inlines": inlines}


class TeamsPlugin:
    """What the entry point ``dcim.channels: teams`` names."""

    name = "teams"
    settings_type = HookSettings

    def open(self, settings: HookSettings, context: Context) -> TeamsChannel:
        """Return the channel; raise Unresolved for a missing secret, OSError for an unreadable CA file."""
        return TeamsChannel(settings, context)


plugin = TeamsPlugin()
