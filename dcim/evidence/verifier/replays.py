"""Whether a ledger is a site's own or that of a replay: its first start says it."""

from __future__ import annotations

import json
from typing import Any, Dict, FrozenSet, Optional

from dcim.evidence.verifier.chain import Fact

STARTED = "daemon_started"
MOST_FILES_OF_RULES = 20


class Replays:
    """Keeps what the first start says; ``said`` is None for a site's own ledger."""

    def __init__(self) -> None:
        self.kinds: FrozenSet[str] = frozenset((STARTED,))
        self.said: Optional[Any] = None
        self._begun = False

    def take(self, fact: Fact) -> None:
        """Take a fact; a body that is none is named by those who check it."""
        if self._begun or fact.kind != STARTED:
            return
        self._begun = True
        body: Any = json.loads(fact.body)
        self.said = (body.get("replay") or None) if isinstance(body, dict) else None

    def shown(self) -> Optional[Dict[str, str]]:
        """Return recording and rules as people read them, empty where nothing says it; None: no replay."""
        if not self.said:
            return None
        held = self.said if isinstance(self.said, dict) else {}
        rules = held.get("rules")
        some = rules[:MOST_FILES_OF_RULES] if isinstance(rules, list) else []
        names = [str(one.get("file", "")) for one in some if isinstance(one, dict)]
        return {"recording": str(held.get("recording", "")), "rules": ", ".join(names)}
