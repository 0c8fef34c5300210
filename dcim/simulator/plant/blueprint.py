"""The shape of a plant file: what stands where, what feeds what, and which devices speak for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Positive: TypeAlias = Annotated[float, Field(gt=0)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Phase: TypeAlias = Literal["L1", "L2", "L3"]


class Shape(BaseModel):
    """What all parts have in common: no unknown key, no change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteShape(Shape):
    """Where the plant stands."""

    id: Name
    name: str
    time_zone: str = "UTC"
    language: Literal["fr", "en"] = "en"


class Part(Shape):
    """Whatever has an id in the plant. ``name`` is what people call it, where no device says so."""

    id: Name
    name: str = ""


class SupplyShape(Part):
    """A utility feed; volts are phase to neutral."""

    volts: Positive = 230.0


class GensetShape(Part):
    """A generator that starts when a feed it watches is lost. Watts, cubic metres, seconds.

    Loaded with more than its rating for ``overload_after`` it stops by itself; 0: never.
    """

    watches: tuple[Name, ...]
    watts: Positive
    tank: Positive = 0.5
    fuel: Share = 0.8
    confirm: Annotated[float, Field(ge=0)] = 3.0
    crank: Positive = 5.0
    cooldown: Positive = 30.0
    overload_after: Annotated[float, Field(ge=0)] = 10.0


class BusShape(Part):
    """Transformer, switchboard, PDU: one parent, one breaker. ``amperes`` is the rating of a phase.

    The breaker opens when a phase has carried more than that for ``trip_after`` seconds; 0: never.
    ``phases`` are those of its source that it is connected to; all three where nothing is said.
    """

    source: Name
    loss: Share = 0.0
    amperes: Annotated[float, Field(ge=0)] = 0.0
    trip_after: Annotated[float, Field(ge=0)] = 10.0
    phases: tuple[Phase, ...] = ()


class ChangeoverShape(Part):
    """A transfer switch; the first source is preferred. Times are seconds."""

    sources: tuple[Name, Name]
    delay: Annotated[float, Field(ge=0)] = 0.0
    back: Annotated[float, Field(ge=0)] = 5.0


class UpsShape(Part):
    """A UPS with its battery. Watts, joules, volts, seconds.

    Loaded with more than ``watts`` for ``overload_after`` its output goes off; 0: never.
    """

    source: Name
    watts: Positive
    battery_joules: Positive
    battery_volts: Positive
    charger_watts: Positive
    charge: Share = 1.0
    efficiency: Annotated[float, Field(gt=0, le=1)] = 0.95
    idle_watts: Annotated[float, Field(ge=0)] = 100.0
    low_runtime: Positive = 120.0
    overload_after: Annotated[float, Field(ge=0)] = 30.0


class RoomShape(Part):
    """A cooled volume: joules a kelvin, watts a kelvin, degC."""

    name: str
    capacity: Positive
    walls: Annotated[float, Field(ge=0)] = 60.0
    outside: float = 27.0
    dew_point: float = 10.5


class LoadShape(Part):
    """What is fed: ``cords`` are the nodes it is plugged into. Its heat goes to ``room``, if any.

    ``shares``: what each cord takes of the load while all are live; equal ones where nothing is said.
    ``phases``: what of the load hangs on each phase; about a third each where nothing is said.
    """

    cords: Annotated[tuple[Name, ...], Field(min_length=1)]
    watts: Positive
    room: Name | None = None
    shares: tuple[Positive, ...] = ()
    phases: Mapping[Phase, Positive] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _a_share_a_cord(self) -> LoadShape:
        if self.shares and len(self.shares) != len(self.cords):
            msg = f"{self.id}: {len(self.shares)} shares for {len(self.cords)} cords"
            raise ValueError(msg)
        return self


class CracShape(Part):
    """A cooling unit: ``fan`` and ``compressor`` are the nodes that feed them."""

    room: Name
    fan: Name
    compressor: Name
    capacity: Positive
    airflow: Positive = 0.9
    setpoint: float = 22.0
    band: Positive = 6.0
    fan_watts: Positive = 900.0


class DeviceShape(Part):
    """A device that answers for a part of the plant.

    ``speaks`` names its profile and ``of`` the node, unit or room it measures. Of the nodes ``powered`` one
    must be live for it to answer at all. Its answers are ``made`` by the profile, read backwards, or by code
    written by hand from the manual. ``image`` names the profile's image to start from. Modbus devices with
    the same ``gateway`` share one address; ``unit`` is their number there.
    """

    name: str
    kind: str
    speaks: str
    protocol: Literal["snmp", "modbus"]
    of: Name
    powered: tuple[Name, ...] = ()
    made: Literal["profile", "hand"] = "profile"
    image: str = ""
    room: Name | None = None
    rack: str | None = None
    tenant: str | None = None
    feed: str | None = None
    version: Literal["2c", "3"] = "2c"
    gateway: Name | None = None
    unit: Annotated[int, Field(ge=0, le=247)] = 1
    sees: tuple[Name, ...] = ()
    interval: Positive = 5.0
    boot: Annotated[float, Field(ge=0)] = 10.0


class Blueprint(Shape):
    """A whole plant file."""

    format: Literal[1]
    plant: Name
    site: SiteShape
    places: Mapping[str, str] = Field(default_factory=dict)  # rooms of devices as people call them, by id
    supplies: tuple[SupplyShape, ...]
    generators: tuple[GensetShape, ...] = ()
    buses: tuple[BusShape, ...] = ()
    changeovers: tuple[ChangeoverShape, ...] = ()
    ups: tuple[UpsShape, ...] = ()
    rooms: tuple[RoomShape, ...] = ()
    loads: tuple[LoadShape, ...] = ()
    cracs: tuple[CracShape, ...] = ()
    devices: tuple[DeviceShape, ...] = ()
