"""What incidents must see of the building at the moment they decide: the seam for their fakes."""

from __future__ import annotations

from math import inf
from typing import Protocol

from dcim.alerts import Alert
from dcim.graph import Standing, State


class Sight(Protocol):
    """The building as it stands now. Every answer is a look-up: none asks a device."""

    def state(self, node: str, since: float = -inf) -> State:
        """Return whether a part works, by evidence; unknown where nothing proves either.

        What was seen to work only before ``since`` (monotonic seconds) is not known to work after it.
        """
        ...

    def came(self, node: str) -> float:
        """Return when a part that had not worked was seen to work again, in monotonic seconds.

        ``-inf`` for one that worked ever since it is watched, ``inf`` for one that has not been seen to yet.
        What is known of the time before a restart is in the alerts that stand: a part that one of them calls
        lost has come when it is first seen to work after the restart. So has a generator, which stands by.
        """
        ...

    def fell(self, node: str) -> float:
        """Return when a part that does not work was first seen not to, in monotonic seconds.

        ``-inf`` for one that works, or of which no device has said that it does not.
        """
        ...

    def answers(self, device: str) -> State:
        """Return whether a device answered when it was asked last; unknown before that."""
        ...

    def held(self, node: str) -> State:
        """Return whether a part that stores power was far from empty when its output went.

        Up: by its own word it would have gone on for a while, so that something else ended it. Down: it was
        near its end. Unknown where it did not say, and while its output lives.
        """
        ...

    def asked(self, device: str) -> float:
        """Return when the last poll of a device began that is over, in monotonic seconds, answered or not.

        ``-inf`` for one that has not been polled yet, ``inf`` for what nobody polls: a service is always as
        it is now.
        """
        ...

    def holds(self, alert: Alert) -> State:
        """Return whether the condition of an open alert is true (up), false (down), or not known.

        One whose off-delay runs does not hold, unless its readings have stopped since: then nobody knows.
        """
        ...

    def ends(self, alert: Alert) -> bool:
        """Return whether the condition of an open alert is known not to be true any more."""
        ...

    def standing(self, service: str) -> Standing:
        """Return the function and redundancy of a service."""
        ...
