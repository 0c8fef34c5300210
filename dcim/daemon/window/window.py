"""The whole view of the running daemon, as the web has it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from dcim.daemon.rooms import Rooms
from dcim.daemon.window.deeds import Deeds
from dcim.outputs.prometheus import Exposition
from dcim.web import HealthView, Subscription


class Window(Deeds):
    """Answers what is asked about the daemon. Fulfils ``dcim.web.View``."""

    def __init__(self, rooms: Rooms, exposition: Exposition, health: Callable[[], HealthView]) -> None:
        super().__init__(rooms)
        self._exposition = exposition
        self._health = health
        self.recording_of = rooms.recordings.name_of

    def health(self) -> HealthView:
        """Return how the daemon itself is."""
        return self._health()

    def metrics(self, *, openmetrics: bool = False) -> AsyncIterator[bytes]:
        """Give the Prometheus exposition piece by piece."""
        return self._exposition.render(self._rooms.clock.now(), openmetrics=openmetrics)

    def subscribe(self) -> Subscription:
        """Return what collects the ids of devices whose readings, presence or alerts change."""
        subscription = Subscription()
        self._rooms.core.subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Tell a subscription nothing more."""
        self._rooms.core.subscriptions.discard(subscription)
