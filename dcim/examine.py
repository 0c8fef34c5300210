"""Everything that the daemon is started from, read at once: every mistake in it, not the first.

config ──▶ settings ──┬─▶ rules ─────┐
                      ├─▶ profiles ──┼─▶ problems, all of them
                      └─▶ secrets ───┘
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from dcim.alerts import Bound, RuleSet, bounds, read_rules
from dcim.collect import CollectorPlugin
from dcim.lanes import Lanes
from dcim.model import ConfigError, Problem
from dcim.poll import Pace
from dcim.record import dataclass
from dcim.settings import Secrets, Settings, resolve_secrets, survey
from dcim.yaml import read, unknown

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Examined:
    """What a config says as far as it can be read, and every problem in it and in what it names.

    ``rules`` and ``secrets`` are None where they could not be read; secrets also where nobody asked for them.
    ``bounds`` say how late each rule can be.
    """

    settings: Settings
    rules: RuleSet | None
    secrets: Secrets | None
    problems: tuple[Problem, ...]
    bounds: tuple[Bound, ...] = ()


def examine(
    path: Path,
    collectors: Mapping[str, CollectorPlugin],
    channels: Mapping[str, type[BaseModel]],
    environ: Mapping[str, str] | None,
    *,
    outputs: Mapping[str, type[BaseModel]] | None = None,
    stated: bool = True,
) -> Examined:
    """Read everything that the daemon would read; without ``environ`` leave the secrets alone, and without
    ``outputs`` that section.

    ``stated``: the bounds are for people, and count how often every point is asked also where nothing is
    promised.
    """
    settings, found = survey(path, collectors, channels, outputs)
    problems = dict.fromkeys(found)
    # a device that cannot be read is no reason to call an override of it a mistake
    ids = sorted(settings.written) if settings.files else None
    rules = _gather(
        problems,
        lambda: read_rules(
            settings.alerts.rules,
            ids,
            shipped=settings.alerts.default_rules,
            runbooks=settings.alerts.runbooks,
            limits=settings.redundancy.limits,
        ),
    )
    if rules is not None:
        problems.update(dict.fromkeys(_no_rules(settings, rules)))
    bound = _bounds(rules, settings, collectors, stated=stated) if rules is not None else []
    problems.update(dict.fromkeys(one.problem() for one in bound if one.too_late))
    used = {asset.collector for asset in settings.assets}
    for name in collectors:
        if settings.profile_dirs or name in used:
            _gather(problems, partial(_read_profiles, collectors[name], settings.profile_dirs))
    secrets = None if environ is None else _gather(problems, lambda: resolve_secrets(settings, environ))
    return Examined(settings, rules, secrets, tuple(sorted(problems)), tuple(bound))


def _no_rules(settings: Settings, rules: RuleSet) -> list[Problem]:
    """Return where a route looks for a rule that there is not: it would never fit."""
    named = [
        (("notify", "routes", number, "match", "rules"), name)
        for number, route in enumerate(settings.telling.routes)
        for name in sorted(route.match.rules - set(rules.rules))
    ]
    document = read(settings.files[0]) if named else None
    return [document.problem(loc, unknown("rule", name, rules.rules)) for loc, name in named if document]


def _bounds(
    rules: RuleSet, settings: Settings, collectors: Mapping[str, CollectorPlugin], *, stated: bool
) -> list[Bound]:
    """Return how late each rule can be; lanes are looked up where that is stated, or promised."""
    polling = settings.polling
    pace = Pace(polling.slow, polling.static, polling.misses)
    if not (stated or rules.promises):
        return bounds(rules, settings.assets, pace.share)
    lanes = Lanes(collectors, settings.profile_dirs, pace)
    return bounds(rules, settings.assets, pace.share, lanes.every)


def _read_profiles(collector: CollectorPlugin, dirs: Sequence[Path]) -> int:
    return sum(1 for _ in collector.families(dirs))


def _gather(problems: dict[Problem, None], step: Callable[[], T]) -> T | None:
    """Take a step; keep what is wrong with it and go on."""
    try:
        return step()
    except ConfigError as wrong:
        problems.update(dict.fromkeys(wrong.problems))
        return None
