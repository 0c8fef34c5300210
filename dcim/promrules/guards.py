"""The alerts that every set of rules needs beside its rules: that there is anything to decide on. Pure.

A target that is not heard makes every other rule silent. These three are the ones that then speak.
"""

from __future__ import annotations

from typing import Any, Final

from dcim.alerts import Language, Severity
from dcim.outputs.exposition import quoted

SILENT_AFTER: Final = 90
"""Seconds after which a daemon that answers and no longer speaks of itself is one that hangs."""

_TEXTS: Final = {
    "dcim_not_heard": {
        Language.EN: (
            "Prometheus does not hear dcim",
            "No rule of this file can fire: nothing is known of the site.",
            "Look at the daemon, its machine and the way there; the site may be blind.",
        ),
        Language.FR: (
            "Prometheus n’entend pas dcim",
            "Aucune règle de ce fichier ne peut se déclencher : on ne sait rien du site.",
            "Regarder le démon, sa machine et le chemin ; le site est peut-être aveugle.",
        ),
    },
    "dcim_stopped_speaking": {
        Language.EN: (
            "dcim answers and no longer says how it is",
            "What it shows may be old.",
            "Look at its log; restart it if its loop stands still.",
        ),
        Language.FR: (
            "dcim répond et ne dit plus comment il va",
            "Ce qu’il montre est peut-être vieux.",
            "Regarder son journal ; le redémarrer si sa boucle est arrêtée.",
        ),
    },
    "dcim_alert_open": {
        Language.EN: (
            "dcim has a critical alert open",
            "The daemon decided this itself, in three values and with its cause; this is its echo.",
            "Open the alert on the page of dcim.",
        ),
        Language.FR: (
            "dcim a une alerte critique ouverte",
            "Le démon l’a décidé lui-même, en trois valeurs et avec sa cause ; ceci en est l’écho.",
            "Ouvrir l’alerte sur la page de dcim.",
        ),
    },
}


def guards(language: Language, job: str, site: str = "") -> list[dict[str, Any]]:
    """Return the rules that watch the watching, for the job that scrapes the daemon of a site.

    What is not heard has no label of its site, so its alert is given it: it inhibits the others by that.
    """
    heard = f"up{{job={quoted(job)}}}"
    told = 'dcim_site_alerts{severity="critical"} > 0'
    silent = _rule("dcim_not_heard", f"{heard} == 0 or absent({heard})", "60s", Severity.CRITICAL, language)
    if site:
        silent["labels"]["site"] = site
    return [
        silent,
        _rule(
            "dcim_stopped_speaking",
            f"time() - dcim_monitor_said_timestamp_seconds > {SILENT_AFTER}",
            "30s",
            Severity.MAJOR,
            language,
        ),
        _rule("dcim_alert_open", told, "0s", Severity.CRITICAL, language),
    ]


def _rule(name: str, expr: str, held: str, severity: Severity, language: Language) -> dict[str, Any]:
    summary, consequence, action = _TEXTS[name][language]
    return {
        "alert": name,
        "expr": expr,
        "for": held,
        "labels": {"severity": str(severity), "source": "dcim"},
        "annotations": {"summary": summary, "consequence": consequence, "action": action},
    }
