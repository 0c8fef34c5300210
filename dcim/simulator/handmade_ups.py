"""An APC Smart-UPS with a network management card, written by hand from PowerNet-MIB and RFC 1213.

It knows the manual and the plant, and nothing of our profiles: what the daemon reads from it through the
profile ``apc_smartups`` is checked against numbers that took another way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dcim.simulator.cells import Cell, Oid, Tag, oid
from dcim.simulator.plant import DeviceShape, Plant
from dcim.simulator.plant.network import Node, Ups

_UPS: Final = oid("1.3.6.1.4.1.318.1.1.1")
_SYSTEM: Final = oid("1.3.6.1.2.1.1")

POWER_FACTOR: Final = 0.95
"""Watts a voltampere of the plant's loads (``docs/simulator.md``)."""

FOREVER: Final = 2**31 - 1
"""TimeTicks that a card shows when the run time is longer than it can say."""

ON_LINE, ON_BATTERY, OFF = 2, 3, 7
"""upsBasicOutputStatus."""
BATTERY_NORMAL, BATTERY_LOW = 2, 3
"""upsBasicBatteryStatus."""
NO_TRANSFER, BLACKOUT, SELF_TEST = 1, 4, 9
"""upsAdvInputLineFailCause."""
PASSED, TESTING = 1, 4
"""upsAdvTestDiagnosticsResults."""


def _text(value: str) -> Cell:
    return Cell(Tag.TEXT, value.encode())


def _gauge(value: float) -> Cell:
    return Cell(Tag.GAUGE, max(0, round(value)))


def _integer(value: float) -> Cell:
    return Cell(Tag.INTEGER, round(value))


def _ticks(seconds: float) -> Cell:
    return Cell(Tag.TICKS, min(FOREVER, round(seconds * 100)) if seconds < FOREVER else FOREVER)


class SmartUps:
    """Says what the card of one single-phase UPS says. All numbers are scaled as PowerNet-MIB prints them."""

    def __init__(self, plant: Plant, device: DeviceShape) -> None:
        node = plant.nodes[device.of]
        if not isinstance(node, Ups):
            msg = f"{device.id}: {device.of} is no UPS"
            raise TypeError(msg)
        self._plant = plant
        self._ups = node
        self._still = self._identity(device)

    def cells(self, uptime: float) -> Mapping[Oid, Cell]:
        """Return every cell of the card."""
        return {
            **self._still,
            (*_SYSTEM, 3, 0): _ticks(uptime),
            **{
                _UPS + place: cell
                for place, cell in {
                    **self._battery(),
                    **self._input(),
                    **self._output(),
                    (7, 2, 3, 0): _integer(TESTING if self._ups.tested else PASSED),
                }.items()
            },
        }

    def _identity(self, device: DeviceShape) -> dict[Oid, Cell]:
        """Return what never changes: system group, upsIdent, ratings."""
        still = {
            (*_SYSTEM, 1, 0): _text(
                "APC Web/SNMP Management Card (MB:v4.1.1 PF:v7.1.2 PN:apc_hw05_aos_712.bin AF1:v7.1.2 "
                "AN1:apc_hw05_sumx_712.bin MN:AP9641 HR:05 SN: ZA2114001477 MD:03/30/2021)"
            ),
            (*_SYSTEM, 2, 0): Cell(Tag.OID, oid("1.3.6.1.4.1.318.1.3.27")),
            (*_SYSTEM, 4, 0): _text("noc@cas1.example"),
            (*_SYSTEM, 5, 0): _text(device.id),
            (*_SYSTEM, 6, 0): _text(f"{device.room or ''}"),
            (*_SYSTEM, 7, 0): _integer(72),
        }
        ident = {
            (1, 1, 1, 0): _text("Smart-UPS RT 20000 XL"),  # upsBasicIdentModel
            (1, 1, 2, 0): _text(device.id),  # upsBasicIdentName
            (1, 2, 1, 0): _text("UPS 13.4 / 00.7"),  # upsAdvIdentFirmwareRevision
            (1, 2, 2, 0): _text("04/11/2021"),  # upsAdvIdentDateOfManufacture
            (1, 2, 3, 0): _text("AS2115170034"),  # upsAdvIdentSerialNumber
            (1, 2, 5, 0): _text("SURT20KRMXLI"),  # upsAdvIdentSkuNumber
            (2, 1, 3, 0): _text("04/11/2021"),  # upsBasicBatteryLastReplaceDate
            (4, 2, 6, 0): _integer(self._ups.rated / POWER_FACTOR / 1000),  # upsAdvOutputKVACapacity
            (5, 2, 1, 0): _integer(230),  # upsAdvConfigRatedOutputVoltage
            (7, 2, 4, 0): _text("11/02/2026"),  # upsAdvTestLastDiagnosticsDate
            (8, 1, 0): _integer(1),  # upsCommStatus ok
        }
        return still | {_UPS + place: cell for place, cell in ident.items()}

    def _battery(self) -> dict[Oid, Cell]:
        """Return upsBattery: 2.1 basic, 2.2 whole units, 2.3 tenths."""
        ups, charge = self._ups, self._ups.battery.charge * 100
        celsius = 24.0 + 4.0 * ups.watts / ups.rated
        volts = ups.battery.volts
        amperes = (ups.discharging - ups.charging) / volts
        return {
            (2, 1, 1, 0): _integer(BATTERY_LOW if ups.low or ups.battery.charge <= 0 else BATTERY_NORMAL),
            (2, 1, 2, 0): _ticks(ups.on_battery_for),  # upsBasicBatteryTimeOnBattery
            (2, 2, 1, 0): _gauge(charge),
            (2, 2, 2, 0): _gauge(celsius),
            (2, 2, 3, 0): _ticks(ups.runtime),  # upsAdvBatteryRunTimeRemaining
            (2, 2, 4, 0): _integer(1),  # upsAdvBatteryReplaceIndicator: none needs replacing
            (2, 2, 5, 0): _integer(4),  # upsAdvBatteryNumOfBattPacks
            (2, 2, 6, 0): _integer(0),  # upsAdvBatteryNumOfBadBattPacks
            (2, 2, 7, 0): _integer(ups.battery.nominal_volts),
            (2, 2, 8, 0): _integer(volts),
            (2, 2, 9, 0): _integer(amperes),
            (2, 3, 1, 0): _gauge(charge * 10),
            (2, 3, 2, 0): _gauge(celsius * 10),
            (2, 3, 4, 0): _integer(volts * 10),
            (2, 3, 5, 0): _integer(amperes * 10),
        }

    def _input(self) -> dict[Oid, Cell]:
        """Return upsInput: 3.2 whole units, 3.3 tenths."""
        mains: Node = self._ups.parent
        return {
            (3, 2, 1, 0): _gauge(mains.volts),
            (3, 2, 4, 0): _gauge(mains.hertz),
            (3, 2, 5, 0): _integer(self._transfer_cause(mains)),
            (3, 3, 1, 0): _gauge(mains.volts * 10),
            (3, 3, 4, 0): _gauge(mains.hertz * 10),
        }

    def _transfer_cause(self, mains: Node) -> int:
        """Return why it went to its battery last: of a test that is over the card says the mains."""
        if mains.live and self._ups.tested:
            return SELF_TEST
        return BLACKOUT if not mains.live or self._ups.transfers else NO_TRANSFER

    def _output(self) -> dict[Oid, Cell]:
        """Return upsOutput: 4.1 basic, 4.2 whole units, 4.3 tenths, and the flags of upsBasicState."""
        ups = self._ups
        status = ON_BATTERY if ups.on_battery else ON_LINE if ups.live else OFF
        load = 100 * ups.watts / ups.rated
        voltamperes = ups.watts / POWER_FACTOR
        amperes = voltamperes / ups.volts if ups.live else 0.0
        hundredths_of_kwh = ups.joules / 3.6e6 * 100
        return {
            (4, 1, 1, 0): _integer(status),
            (4, 2, 1, 0): _gauge(ups.volts),
            (4, 2, 2, 0): _gauge(ups.hertz),
            (4, 2, 3, 0): _gauge(load),
            (4, 2, 4, 0): _gauge(amperes),
            (4, 2, 8, 0): _integer(ups.watts),
            (4, 2, 9, 0): _integer(voltamperes),
            (4, 3, 1, 0): _gauge(ups.volts * 10),
            (4, 3, 2, 0): _gauge(ups.hertz * 10),
            (4, 3, 3, 0): _gauge(load * 10),
            (4, 3, 4, 0): _gauge(amperes * 10),
            (4, 3, 5, 0): _integer(self._efficiency() * 1000),
            (4, 3, 6, 0): Cell(Tag.GAUGE, int(hundredths_of_kwh)),
            (11, 1, 1, 0): _text(self._flags(status)),
        }

    def _efficiency(self) -> float:
        """Return output divided by input; -0.1 % (raw -1: not known) while there is no input."""
        return self._ups.watts / self._ups.drawn if self._ups.drawn else -0.001

    def _flags(self, status: int) -> str:
        """Return upsBasicStateOutputState: 64 characters, flag 1 leftmost."""
        ups = self._ups
        there = {
            1: ups.on_battery or not ups.live,  # abnormal condition present
            2: ups.on_battery,
            3: ups.low,
            4: status == ON_LINE,
            6: True,  # serial communication established
            9: ups.watts > ups.rated,  # overload
            11: ups.battery.charge <= 0.0,  # batteries discharged
            19: ups.live,  # on
            30: ups.low,  # low battery / on battery
            58: not ups.live,  # off
        }
        return "".join("1" if there.get(flag) else "0" for flag in range(1, 65))
