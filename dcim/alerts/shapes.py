"""The keys of a rule file, as a person writes them (format 1, ``docs/alerts.md``)."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from dcim.alerts.quantity import Quantity
from dcim.model import GapReason, Health, Kind, Severity
from dcim.settings.values.written import Line, Seconds, fits
from dcim.yaml import Section

_WEEK: Final = 7 * 86400.0


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _some(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if not values:
        msg = "expected at least one"
        raise ValueError(msg)
    return values


Word: TypeAlias = Annotated[str, fits(r"[a-z][a-z0-9_]*", "a small letter, then small letters, digits or _")]
"""A name in our vocabulary: small letters, digits and underscores."""

Words: TypeAlias = Annotated[tuple[Word, ...], BeforeValidator(_listed), AfterValidator(_some)]
"""One word, or a list of them."""

Wishes: TypeAlias = Annotated[tuple[Words, ...], BeforeValidator(_listed), AfterValidator(_some)]
"""A list of words, each of which may be a list: the first of those that there is."""

Texts: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_listed), AfterValidator(_some)]
"""One text, or a list of them."""

Healths: TypeAlias = Annotated[tuple[Health, ...], BeforeValidator(_listed), AfterValidator(_some)]
"""One health, or a list of them."""


Reasons: TypeAlias = Annotated[tuple[GapReason, ...], BeforeValidator(_listed), AfterValidator(_some)]
"""One reason of a gap, or a list of them."""

Kinds: TypeAlias = Annotated[tuple[Kind, ...], AfterValidator(_some)]
"""A list of kinds of devices."""


def _without_end(value: Any) -> Any:
    return value.removesuffix("\n") if isinstance(value, str) else value


SentenceText: TypeAlias = Annotated[Line, Field(min_length=1), BeforeValidator(_without_end)]
"""One line that people read; a block of YAML may end it with a line end."""


class Sentence(Section):
    """What people read, in both languages."""

    en: SentenceText
    fr: SentenceText


class ConditionShape(Section):
    """What must hold. A threshold (``above``, ``below``, both) or one of the others, never two.

    ``deadband`` is how far a value must come back before it counts as normal again. ``gap`` is true while
    there is a gap for such a reason instead of a value; ``lost`` the same, of points that had a value before.
    """

    above: Quantity | None = None
    below: Quantity | None = None
    deadband: Quantity | None = None
    state: Words | None = None
    not_state: Words | None = None
    health: Healths | None = None
    alarm: Literal["set"] | None = None
    gap: Reasons | None = None
    lost: Reasons | None = None


class DelayShape(Section):
    """How long something must hold: the longer of a time and so many polls."""

    on_delay: Annotated[Seconds, Field(ge=0, le=_WEEK)] | None = None
    on_polls: int | None = Field(default=None, ge=0, le=1000)
    off_delay: Annotated[Seconds, Field(ge=0, le=_WEEK)] | None = None
    off_polls: int | None = Field(default=None, ge=0, le=1000)


class InputShape(ConditionShape):
    """Something else that must hold: on this device, on ``devices`` by id, or on all devices of ``kinds``.

    ``fed``: of those only what this device feeds, down to the first transfer switch, where the topology says
    so. Of several points any one will do, or with ``of: every`` all of them. There is no deadband: the
    rule's own condition has one.
    """

    metric: Words
    devices: Texts | None = None
    kinds: Kinds | None = None
    where: dict[Word, Texts] | None = None
    of: Literal["any", "every"] = "any"
    fed: bool = False


class ExpectShape(Section):
    """What must become true while the rule's condition holds, and within which time."""

    within: Annotated[Seconds, Field(gt=0, le=_WEEK)]
    any: Annotated[tuple[InputShape, ...], AfterValidator(_some)]


class SuppressionShape(InputShape):
    """What on the same device keeps the alert from being told, for which reason, and how long at most."""

    at_most: Annotated[Seconds, Field(gt=0, le=86400)]
    reason: Sentence


class PromiseShape(Section):
    """What a rule promises and where it is written what to do.

    ``acknowledge``: whether an alert that returned unseen waits until somebody has seen it.
    ``must_detect_within``: a device that is asked too seldom for it is a mistake of the configuration.
    """

    acknowledge: bool | None = None
    must_detect_within: Annotated[Seconds, Field(gt=0, le=_WEEK)] | None = None
    runbook: (
        Annotated[Line, Field(max_length=500), fits(r"https?://\S+", "an address: http://... or https://...")]
        | None
    ) = None


class MeasureShape(ConditionShape):
    """What a number may be measured by beside a fixed limit.

    ``ratio_to``: ratings that the device tells, the first that there is; the limits are shares of it then.
    ``rises``: how much above its lowest value ``within`` a time.
    """

    ratio_to: Words | None = None
    rises: Quantity | None = None
    within: Annotated[Seconds, Field(gt=0, le=86400)] | None = None


class RuleShape(MeasureShape, DelayShape, PromiseShape):
    """One rule. ``where`` and ``unless`` pick points by their labels; no ``kinds``: every kind.

    ``context`` names metrics of the same device whose newest values belong into the message; of a list
    inside it the first that the device tells. ``all`` must hold beside the condition, and one of ``any``;
    with ``expect`` the alert is raised when that does not become true in time. ``yields_to``: higher steps
    on the same points, while one of which stands this one does not.
    """

    rule: Word
    metric: Words
    severity: Severity
    title: Sentence
    consequence: Sentence
    action: Sentence
    kinds: Kinds | None = None
    where: dict[Word, Texts] | None = None
    unless: dict[Word, Texts] | None = None
    context: Wishes | None = None
    latching: bool = False
    all: Annotated[tuple[InputShape, ...], AfterValidator(_some)] | None = None
    any: Annotated[tuple[InputShape, ...], AfterValidator(_some)] | None = None
    expect: ExpectShape | None = None
    suppressed_while: SuppressionShape | None = None
    yields_to: Words | None = None


class OverrideShape(MeasureShape, DelayShape, PromiseShape):
    """What one rule says otherwise for some devices. A new threshold may keep the deadband of the rule."""

    rule: Word
    devices: Texts | None = None
    tags: Texts | None = None
    rooms: Texts | None = None
    kinds: Kinds | None = None
    enabled: bool | None = None
    severity: Severity | None = None
    consequence: Sentence | None = None
    action: Sentence | None = None
    context: Wishes | None = None
    latching: bool | None = None


class RuleFile(Section):
    """One file of rules and overrides."""

    format: Literal[1]
    rules: tuple[RuleShape, ...] = ()
    overrides: tuple[OverrideShape, ...] = ()
