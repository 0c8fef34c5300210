"""The site is described beside the ledger: what reports call things, now and in ten years."""

from __future__ import annotations

import structlog

from dcim.alerts import Language
from dcim.clock import Clock
from dcim.daemon.plan import Plan
from dcim.energy.stated import hashes
from dcim.evidence.drawing import drawing
from dcim.evidence.drawing import keep as keep_drawing
from dcim.graph import Topology
from dcim.model.fact import Body, Fact, FactKind
from dcim.reports.plain import plain
from dcim.reports.site import describe, keep, text_of
from dcim.store import Store

log = structlog.get_logger()


def describing(plan: Plan, store: Store, clock: Clock) -> tuple[Fact, ...]:
    """Keep the description of the site, and return the fact of it if it is another than the ledger has.

    A description that cannot be written costs reports their names and the daemon nothing.
    """
    settings = plan.settings
    site = settings.site
    text = text_of(
        describe(
            (site.id, site.name, site.time_zone, Language(site.language)),
            settings.rooms,
            settings.assets,
            settings.wiring,
            plan.rules.rules.values(),
            {
                "contracts": [plain(one) for one in settings.contracts],
                "energy": plain(settings.energy),
                "thermal": plain(settings.thermal),
                "warns": plain(settings.redundancy.warns),
                "calibrations": plain(settings.reports.calibrations),
            },
        )
    )
    try:
        digest = keep(text, settings.state)
        keep_drawing(drawing(Topology(settings.wiring)), settings.state)
    except OSError as why:
        log.warning("the description of the site is not kept; reports show ids", why=str(why))
        return ()
    body: Body = {
        "sha256": digest,
        "devices": len(settings.assets),
        "services": len(settings.wiring.services),
        "declared": hashes(settings.energy),
    }
    last = store.newest_fact((FactKind.SITE_DESCRIBED,))
    if last is not None and last.read() == body:
        return ()
    return (Fact(FactKind.SITE_DESCRIBED, clock.now(), site.id, body),)
