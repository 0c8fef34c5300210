"""Where messages go: the channels of the configuration, opened, and the outbox worker that serves them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, cast

from dcim.alerts import Language
from dcim.clock import Clock
from dcim.daemon.core import Told
from dcim.daemon.people.links import ROOM as LINKS
from dcim.daemon.people.links import Links, Sealing
from dcim.daemon.plan import Plan
from dcim.daemon.sending.channels import Channels
from dcim.links import key_of
from dcim.model import DcimError
from dcim.notify import Channel, Context, Postman, Site
from dcim.record import dataclass, replace
from dcim.settings import Settings
from dcim.store import Store


class ChannelUnusable(DcimError):
    """A channel cannot be opened; the text names it and says why."""


@dataclass(frozen=True, slots=True)
class FarSide:
    """What stands between the daemon and those who are told."""

    settings: Settings
    site: Site
    links: Links
    opened: Mapping[str, Channel]
    postman: Postman
    channels: Channels

    @property
    def told(self) -> Told:
        """The site, and the channels through which people hear of incidents."""
        return Told(
            self.site, tuple(name for name, one in self.opened.items() if getattr(one, "tells", True))
        )


def open_far_side(plan: Plan, store: Store, clock: Clock, stack: AsyncExitStack) -> FarSide:
    """Open every channel. Raises ``ChannelUnusable``."""
    settings = plan.settings
    site = Site(
        settings.site.id, settings.site.name, settings.site.time_zone, Language(settings.site.language)
    )
    links = Links(_sealing(plan), clock)
    links.recall(store.memories(LINKS))
    context = Context(site, plan.secrets.values.__getitem__, clock, _head_of(store))
    opened = _open_channels(plan, context, links)
    postman = Postman(store, opened, clock)
    channels = Channels(site, settings.channels, opened, clock)
    channels.counts = lambda: postman.counts
    channels.ended = lambda: str(store.signed.head) if store.signed else ""
    stack.push_async_callback(postman.aclose)
    return FarSide(settings, site, links, opened, postman, channels)


def _head_of(store: Store) -> Callable[[], dict[str, Any]]:
    """Return what says where the ledger ends now."""
    return lambda: {**store.committed._asdict(), "signed": store.signed.as_json() if store.signed else None}


def _sealing(plan: Plan) -> Sealing | None:
    """Return how links are made; None where nobody has said under which address people reach the page."""
    settings = plan.settings
    return Sealing(settings.url, settings.links_last, key_of(settings.state)) if settings.url else None


def _open_channels(plan: Plan, context: Context, links: Links) -> Mapping[str, Channel]:
    opened: dict[str, Channel] = {}
    for part in plan.settings.channels:
        mine = replace(context, link=partial(links.of, channel=part.name))
        try:
            opened[part.name] = plan.channels[part.type].open(cast("Any", part.fields), mine)
        except (DcimError, OSError) as why:
            msg = f"channel {part.name!r} ({part.type}): {why}"
            raise ChannelUnusable(msg) from why
    return opened
