"""Of which incident each alert was that is over and that nobody has seen: lists name it until then."""

from __future__ import annotations

import json
from collections.abc import Iterable

from dcim.alerts import Alert, Change, Life
from dcim.incidents import Outcome
from dcim.ledger.newest import NOW, FindsNewest
from dcim.model.fact import FactKind


class Returned:
    """The incidents of alerts that returned unseen, by key: as many as the watch lists of these."""

    def __init__(self) -> None:
        self._of: dict[str, str] = {}

    def take(self, changes: Iterable[Change], outcome: Outcome) -> None:
        """Note where an alert belonged that returns, and forget what was seen or has come again."""
        for change in changes:
            key = change.alert.key
            if change.alert.life is not Life.RETURNED:
                self._of.pop(key, None)
            elif (belongs := outcome.places.get(key)) is not None:
                self._of[key] = belongs.incident

    def recall(self, listed: Iterable[Alert], facts: FindsNewest) -> None:
        """Find out after a restart, from what is on record, where those belonged that wait to be seen."""
        waiting = [alert.key for alert in listed if alert.life is Life.RETURNED]
        for entry in facts.newest_about_each(FactKind.ALERT, waiting, NOW):
            if incident := json.loads(entry.body).get("incident"):
                self._of[entry.subject] = incident

    def incident(self, key: str) -> str:
        """Return the id of the incident in which an alert returned; empty where none is known."""
        return self._of.get(key, "")
