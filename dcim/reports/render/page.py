"""HTML: one file that needs no other, for a screen, a telephone and paper, light and dark."""

from __future__ import annotations

from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from dcim.alerts import Language
from dcim.reports.model import Document
from dcim.reports.render.claim import claim_text
from dcim.reports.sheet import sheet

_CLOSING: Final = "</"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("dcim.reports.render", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")


def page(document: Document, language: Language) -> bytes:
    """Return a report as HTML, its claim inside as JSON."""
    claim = claim_text(document).replace(_CLOSING, "<\\/").replace("<!--", "<\\!--")
    text = _template().render(sheet=sheet(document, language), claim=Markup(claim), drawing=Markup)  # noqa: S704 - our own SVG, escaped where it is drawn
    return text.encode()
