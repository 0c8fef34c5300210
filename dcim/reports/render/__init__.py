"""A report written down: PDF, HTML, CSV, JSON. One module a form."""

from __future__ import annotations

from enum import StrEnum

from dcim.alerts import Language
from dcim.reports.model import Document


class Form(StrEnum):
    """What a report is written as."""

    PDF = "pdf"
    HTML = "html"
    CSV = "csv"
    JSON = "json"


def render(document: Document, form: Form, language: Language) -> bytes:
    """Return a report in a form and language: the same bytes for the same document, always."""
    match form:
        case Form.PDF:
            from dcim.reports.render.pdf import pdf

            return pdf(document, language)
        case Form.HTML:
            from dcim.reports.render.page import page

            return page(document, language)
        case Form.CSV:
            from dcim.reports.render.rows import rows

            return rows(document, language)
        case Form.JSON:
            from dcim.reports.render.claim import claim

            return claim(document)
