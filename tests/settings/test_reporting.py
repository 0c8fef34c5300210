"""The section ``reports``: scheduled reports and calibrations, every mistake at its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dcim.model import ConfigError
from dcim.notify.channels.log import plugin as log
from dcim.notify.channels.smtp import SmtpSettings
from dcim.settings import Settings, load
from dcim.settings.checked.reported import Calibration, Scheduled

SITE = """
format: 1
site: {id: cas1, name: Casablanca 1, time_zone: Africa/Casablanca}
rooms: {salle-1: Salle 1}
topology:
  rack-pdu: {kind: pdu, room: salle-1, rack: R1, tenant: Banque Atlas}
notify:
  channels:
    - {name: journal, type: log, file: /tmp/x}
    - {name: mail, type: smtp, host: mx.example.org, from: dcim@example.org, to: [a@example.org], security: none}
"""


def read(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "dcim.yaml"
    path.write_text(SITE + text)
    return load(path, {}, {"log": log.settings_type, "smtp": SmtpSettings})


def test_a_schedule_and_calibrations_are_read(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
reports:
  schedule:
    - {report: uptime, scope: "room:salle-1", every: month, at: "07:30", mail: mail, language: fr}
    - {report: alarms, scope: site, every: week, days_after: 0}
""",
    ).reports
    assert found.schedule == (
        Scheduled("uptime", "room:salle-1", "month", 450, 1, ("mail",), "fr"),
        Scheduled("alarms", "", "week", 360, 0),
    )


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as wrong:
        read(
            tmp_path,
            """
reports:
  schedule:
    - {report: uptime, scope: "tenant:Nobody", mail: journal}
    - {report: energy, scope: "planet:x"}
  calibrations:
    - {sensor: gone/1, certificate: LNM-1, date: 2026-03-01, uncertainty: 0.2}
""",
        )
    said = "\n".join(str(problem) for problem in wrong.value.problems)
    for part in ("Nobody", "journal", "planet:x", "gone"):
        assert part in said


def test_a_time_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="06:00"):
        read(tmp_path, '\nreports: {schedule: [{report: uptime, at: "25:00"}]}\n')


def test_a_calibration_says_until_when_it_holds() -> None:
    one = Calibration("env-1/3", "LNM-1", date(2026, 3, 1), date(2027, 3, 1), 0.2)
    assert (one.unit, one.by) == ("K", "")


def test_a_certificate_that_ends_before_it_was_made_is_a_mistake_at_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as wrong:
        read(
            tmp_path,
            """
reports:
  calibrations:
    - {sensor: nobody, certificate: C-1, date: 2026-03-01, until: 2026-03-01, uncertainty: 0.2}
    - sensor: nobody
      certificate: C-2
      date: 2026-03-01
      until: 2025-03-01
      uncertainty: 0.2
""",
        )
    found = [str(one) for one in wrong.value.problems if "until" in str(one)]
    assert len(found) == 1
    assert (
        "reports.calibrations[1].until: expected no day before its date 2026-03-01, found 2025-03-01"
        in found[0]
    )
    assert ":18:" in found[0]


def test_two_certificates_of_one_sensor_and_day_are_a_mistake_at_the_second(tmp_path: Path) -> None:
    """Which of them counts would be told by the order of the file alone. Others of that day are fine."""
    with pytest.raises(ConfigError) as wrong:
        read(
            tmp_path,
            """
reports:
  calibrations:
    - {sensor: s/1, certificate: C-1, date: 2026-03-01, uncertainty: 0.2, unit: K}
    - {sensor: s/1, certificate: C-2, date: 2026-03-01, uncertainty: 2, unit: "%"}
    - {sensor: s/2, certificate: C-3, date: 2026-03-01, uncertainty: 0.2, unit: K}
    - {sensor: s/1, certificate: C-4, date: 2026-03-02, uncertainty: 0.2, unit: K}
    - {sensor: s/1, certificate: C-5, date: 2026-03-01, uncertainty: 0.5, unit: "°C"}
""",
        )
    found = [str(one) for one in wrong.value.problems if "already" in str(one)]
    assert len(found) == 1
    assert ":18:" in found[0]
    assert "reports.calibrations[4].sensor: this sensor has another certificate of this date" in found[0]
