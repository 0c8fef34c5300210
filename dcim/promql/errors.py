"""Why a query has no answer, in the kinds that Prometheus' API tells apart."""

from __future__ import annotations

from dcim.model import DcimError


class QueryError(DcimError):
    """A query that has no answer. ``kind`` is the ``errorType`` of Prometheus' API."""

    kind = "internal"


class BadQuery(QueryError):
    """It is no query, or one of those that are not answered here: what is wrong is named."""

    kind = "bad_data"


class Unanswerable(QueryError):
    """What the series say does not fit the query: two of them where one is needed, too many, too long."""

    kind = "execution"
