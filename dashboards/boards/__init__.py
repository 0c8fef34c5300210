"""Dashboards as definitions: what each shows, whom it asks, and how it is drawn.

noc, site, chain ... ─▶ Board ─▶ make ─┬▶ variables, draw ─▶ grafana-foundation-sdk ─▶ JSON
limits ◀─ shipped rules, standards      └▶ promql │ influxql
"""
