"""Whether the agents that answer are alive, looked at once a minute as the checks are, beside the polls.

newest ──▶ Frozen ──▶ device_agent_state: live, frozen, unknown
               └────▶ newest: what a frozen agent says counts as stale, on pages, in the API, in /metrics

Rules go on looking at what a frozen agent says: should it change after all, then it is not frozen.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import Final

import structlog

from dcim.daemon.watching.checking import TURNS, turn_of
from dcim.model import Asset, Batch, Health, Lane, Layout, Meaning, Point, state_code
from dcim.plausible import Frozen
from dcim.series import Newest

log = structlog.get_logger()

AGENT: Final = "device_agent_state"

_WORDS: Final = {False: "live", True: "frozen", None: "unknown"}
_HEALTH: Final = {False: Health.OK, True: Health.CRITICAL, None: Health.UNKNOWN}
_CODES: Final = {frozen: state_code(word) for frozen, word in _WORDS.items()}
_STATES: Final = {_CODES[frozen]: Meaning(word, _HEALTH[frozen]) for frozen, word in _WORDS.items()}


class Agents:
    """Looks at the agents of devices in turn."""

    def __init__(self, newest: Newest, assets: Iterable[Asset], frozen: Frozen | None = None) -> None:
        self._newest = newest
        self._frozen = frozen or Frozen()
        self._layouts: dict[str, Layout] = {}
        self._found: set[str] = set()  # those that are frozen
        self._told: dict[str, float] = {}  # when was said what was last looked at
        self._turns: list[list[str]] = [[] for _ in range(TURNS)]
        for asset in assets:
            self._turns[turn_of(asset.id)].append(asset.id)

    def turn(self, number: int) -> Iterator[Batch]:
        """Look at a share of the devices; yield what is found of those that have spoken since the last look.

        What is found stands at the time of the answer: of a silent device it would be one reading again and
        again.
        """
        for asset_id in self._turns[number % TURNS]:
            batches = [one for one in self._newest.batches(asset_id) if not one.layout.own]
            at = max([batch.at for batch in batches], default=None)
            if at is not None and at != self._told.get(asset_id):
                self._told[asset_id] = at
                frozen = self._frozen.take(asset_id, batches)
                self._tell(asset_id, frozen is True)
                yield Batch(self._layout(asset_id), at, array("d", (_CODES[frozen],)))

    def _tell(self, asset_id: str, frozen: bool) -> None:
        """Have the readings counted as they are worth; log a change."""
        if frozen is (asset_id in self._found):
            return
        self._newest.freeze(asset_id, frozen)
        if frozen:
            self._found.add(asset_id)
            log.warning("the agent answers with what once was", device=asset_id)
        else:
            self._found.discard(asset_id)
            log.info("the agent is live again", device=asset_id)

    def _layout(self, asset_id: str) -> Layout:
        layout = self._layouts.get(asset_id)
        if layout is None:
            points = (Point(asset_id, AGENT),)
            layout = Layout(asset_id, Lane.SLOW, points, (_STATES,), ("agent",), own=True)
            self._layouts[asset_id] = layout
        return layout
