"""Readings to InfluxDB 2 and 3, InfluxDB 1 and whatever else takes line protocol over HTTP."""
