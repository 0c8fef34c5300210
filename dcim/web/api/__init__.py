"""Routes that answer programs: the API, live events, metrics, queries."""
