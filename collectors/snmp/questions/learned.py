"""What a device has taught about itself: how much fits into one question, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from collectors.snmp.dialect.profile import SnmpProfile
from dcim.record import dataclass, field

MAX_VARBINDS: Final = 60
"""GET of 60 OIDs and its answer fit one Ethernet frame for every device known; a profile may say less."""

MAX_REPETITIONS: Final = 25
FEW_REPETITIONS: Final = 10
"""What agents that choke on more still answer (snmp_exporter#756)."""

_WIDER_AFTER: Final = 3
_WIDER_AFTER_AT_MOST: Final = 192
"""Polls without a silence after which a device that was silent is asked for twice as much: after twice as
many each time that it is silent to that, at most after so many."""

_AGAIN: Final = (5.0, 10.0, 30.0, 60.0, 120.0, 240.0, 480.0, 900.0)
"""Seconds after which a refused OID is asked again, the first, the second... time: most refusals pass."""


@dataclass(slots=True)
class Learned:
    """Limits of one device, learned from its answers. ``repetitions`` 0: GETNEXT instead of GETBULK.

    ``version`` rises whenever something changes that prepared questions depend on.
    """

    max_varbinds: int = MAX_VARBINDS
    limit: int = MAX_VARBINDS  # what the profile says or tooBig has proved
    repetitions: int = MAX_REPETITIONS
    bulk: int = 0  # most rows of a GETBULK that was answered
    refused: dict[bytes, str] = field(default_factory=dict)  # OID -> what the device said
    version: int = 0
    _answered: int = 0  # varbinds of the largest question that was answered since the last silence
    _polls: int = 0  # polls since the last silence
    _patience: int = _WIDER_AFTER
    _again: dict[bytes, tuple[float, int]] = field(default_factory=dict)  # when to ask, how often refused

    def obey(self, profiles: Sequence[SnmpProfile]) -> None:
        """Take what the profiles say about how much the agents bear."""
        varbinds = min((one.max_varbinds for one in profiles if one.max_varbinds), default=MAX_VARBINDS)
        self.limit = min(self.limit, varbinds)
        self.max_varbinds = min(self.max_varbinds, self.limit)
        most = min((one.max_repetitions for one in profiles if one.max_repetitions), default=MAX_REPETITIONS)
        self.repetitions = min(self.repetitions, most)
        if not all(one.bulk for one in profiles):
            self.repetitions = 0

    def too_big(self, varbinds: int) -> None:
        """Remember for good that a question of so many varbinds was too big."""
        self.limit = max(1, min(self.limit, varbinds // 2))
        self.max_varbinds = min(self.max_varbinds, self.limit)
        self.version += 1

    def silent(self, varbinds: int) -> None:
        """Ask for less at once for a while: a question of so many varbinds went unanswered."""
        if 0 < self._answered < varbinds:
            self._patience = min(2 * self._patience, _WIDER_AFTER_AT_MOST)
        self._answered = self._polls = 0
        self.max_varbinds = max(1, min(self.max_varbinds, varbinds // 2))
        self.version += 1

    def spoke(self, varbinds: int) -> None:
        """Take that a poll went by without a silence; its largest question answered had so many varbinds.

        Silence has many reasons. Small questions cost a busy device more than large ones, so that one which
        was silent for a moment must not be asked for little for long.
        """
        if varbinds < self.max_varbinds or self.max_varbinds >= self.limit:
            return
        self._answered = varbinds
        self._polls += 1
        if self._polls >= self._patience:
            self._polls = 0
            self.max_varbinds = min(self.limit, 2 * self.max_varbinds)
            self.version += 1

    def refuse(self, name: bytes, why: str, now: float) -> None:
        """Remember that the device answers this OID with an error: it is asked again ever more seldom."""
        times = self._again[name][1] if name in self._again else 0
        self._again[name] = (now + _AGAIN[min(times, len(_AGAIN) - 1)], times + 1)
        self.version += name not in self.refused
        self.refused[name] = why

    def due(self, names: Iterable[bytes], now: float) -> list[bytes]:
        """Return those of these OIDs that were refused and are to be asked again by now."""
        return [name for name in names if name in self._again and self._again[name][0] <= now]

    def allow(self, name: bytes) -> None:
        """Remember that the device answers this OID after all."""
        self._again.pop(name, None)
        if self.refused.pop(name, None) is not None:
            self.version += 1

    def settle(self) -> None:
        """Ask none of the refused OIDs again by itself: whoever says what was learned says when to."""
        self._again.clear()

    def slower(self) -> bool:
        """Ask for fewer rows at once, in the end one by one. False if that is what is done already."""
        if self.repetitions == 0:
            return False
        self.repetitions = FEW_REPETITIONS if self.repetitions > FEW_REPETITIONS else 0
        return True

    def forget(self) -> None:
        """Forget what was refused and what was silent: the device is asked again from scratch."""
        if self.refused or self.max_varbinds != self.limit:
            self.refused.clear()
            self._again.clear()
            self.max_varbinds = self.limit
            self.version += 1
