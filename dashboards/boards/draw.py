"""A panel as Grafana draws it, by grafana-foundation-sdk."""

from __future__ import annotations

from typing import Any, Final

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog import builder, variants
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import prometheus as prometheus_model

from boards import mappings, promql
from boards.colours import LINES, OF_NAME
from boards.influxql import influxql
from boards.influxql import legend as influx_alias
from boards.limits import Step
from boards.mappings import NO_DATA
from boards.panel import Column, Form, Page, Panel, Source, Target
from boards.text import Text
from dcim.alerts import Language

REFS: Final = "ABCDEFGHIJKLMNOP"
_OPEN: Final = Text("Open in dcim", "Ouvrir dans dcim")
_SILENT_AFTER: Final = 300_000
"""Milliseconds from reading to reading from which on a line of InfluxDB, which marks no end of a series, ends.

Only empty steps count (``fill(null)``): two steps one after the other hang together however long they are.
"""
_PATHS: Final = {Page.DEVICE: "/devices/", Page.SERVICE: "/services/"}


def reference(source: Source) -> model.DataSourceRef:
    """Return the data source that the reader chose."""
    return model.DataSourceRef(type_val=str(source), uid="${datasource}")


class InfluxQuery(variants.Dataquery, builder.Builder[variants.Dataquery]):
    """A query that the SDK has no builder for: InfluxQL as text."""

    def __init__(self, ref_id: str, query: str, alias: str, *, table: bool) -> None:
        self.ref_id = ref_id
        self._said: dict[str, object] = {
            "refId": ref_id,
            "datasource": reference(Source.INFLUXDB),
            "query": query,
            "rawQuery": True,
            "resultFormat": "table" if table else "time_series",
            **({"alias": alias} if alias else {}),
        }

    def build(self) -> variants.Dataquery:
        """Return itself."""
        return self

    def to_json(self) -> dict[str, object]:
        """Return the fields that Grafana keeps of it."""
        return self._said


def panel(what: Panel, number: int, place: tuple[int, int], source: Source, language: Language) -> Any:
    """Return the builder of a panel, numbered and placed."""
    made = _FORMS[what.form](what, language)
    width, height = what.size
    made = (
        made.id(number)
        .title(what.title(language))
        .description(what.about(language))
        .datasource(reference(source))
        .grid_pos(model.GridPos(h=height, w=width, x=place[0], y=place[1]))
        .unit(what.unit)
        .no_value((what.nothing or NO_DATA)(language))
        .data_links([_link(what, language)])
        .thresholds(_thresholds(what.steps))
        .mappings(_mappings(what, language))
    )
    if what.least is not None:
        made = made.min(what.least)
    if what.most is not None:
        made = made.max(what.most)
    if what.decimals is not None:
        made = made.decimals(what.decimals)
    if source is Source.INFLUXDB and not _is_now(what):
        made = made.interval("1m")
        if what.form in (Form.LINES, Form.TIMELINE):
            bridged = model.DynamicConfigValue(id_val="custom.spanNulls", value=_SILENT_AFTER)
            made = made.override_by_regexp("/.*/", [bridged])
    for ref, target in zip(REFS, what.targets, strict=False):
        made = made.with_target(_target(what, target, ref, source, language))
    return made


def _is_now(what: Panel) -> bool:
    return what.form in (Form.STAT, Form.TABLE, Form.BARS)


def _target(what: Panel, target: Target, ref: str, source: Source, language: Language) -> Any:
    now, rows = _is_now(what), what.form is Form.TABLE
    name = target.name(language) if target.name else ""
    after = f" {target.after(language)}" if target.after else ""
    if source is Source.INFLUXDB:
        column = f"Value #{ref}" if rows and len(what.targets) > 1 else "Value"
        alias = "" if rows else name or influx_alias(target.labels) + after
        return InfluxQuery(ref, influxql(target.query, now=now, column=column), alias, table=rows)
    query = (
        prometheus.Dataquery()
        .expr(promql.promql(target.query, now=now))
        .ref_id(ref)
        .datasource(reference(source))
        .editor_mode(prometheus_model.QueryEditorMode.CODE)
        .legend_format(name or promql.legend(target.labels) + after)
    )
    if rows:
        query = query.format(prometheus_model.PromQueryFormat.TABLE)
    return query.instant() if now else query.range()


def _link(what: Panel, language: Language) -> Any:
    path = _PATHS.get(what.page, "/")
    if what.page is not Page.HOME:
        path += "${__data.fields.asset}" if what.form is Form.TABLE else "${__field.labels.asset}"
    return dashboard.DashboardLink(_OPEN(language)).url(f"${{dcim}}{path}").target_blank(True)


def _thresholds(steps: tuple[Step, ...]) -> Any:
    told = [model.Threshold(value=step.value, color=step.colour) for step in steps]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(told)


def _mappings(what: Panel, language: Language) -> list[Any]:
    found: list[Any] = [mappings.unknown(language)]
    if what.states is not None:
        found.insert(0, mappings.coded(what.states, language))
    return found


def _now() -> Any:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields("")


def _stat(what: Panel, _: Language) -> Any:
    many = len(what.targets) > 1 or any(target.name is None for target in what.targets)
    text = common_model.BigValueTextMode.VALUE_AND_NAME if many else common_model.BigValueTextMode.VALUE
    return (
        stat.Panel()
        .reduce_options(_now())
        .text_mode(text)
        .color_mode(common_model.BigValueColorMode.BACKGROUND_SOLID)
        .graph_mode(common_model.BigValueGraphMode.NONE)
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
    )


def _bars(_: Panel, __: Language) -> Any:
    return (
        bargauge.Panel()
        .reduce_options(_now())
        .orientation(common_model.VizOrientation.HORIZONTAL)
        .display_mode(common_model.BarGaugeDisplayMode.BASIC)
        .show_unfilled(True)
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
    )


def _lines(what: Panel, _: Language) -> Any:
    shades = dashboard.FieldColor().mode(model.FieldColorModeId.SHADES).fixed_color(LINES)
    marked = (
        common_model.GraphThresholdsStyleMode.DASHED
        if len(what.steps) > 1
        else common_model.GraphThresholdsStyleMode.OFF
    )
    made = (
        timeseries.Panel()
        .line_width(2)
        .fill_opacity(30 if what.stacked else 0)
        .show_points(common_model.VisibilityMode.AUTO)
        .span_nulls(False)
        .color_scheme(shades)
        .thresholds_style(common.GraphThresholdsStyleConfig().mode(marked))
        .legend(
            common.VizLegendOptions()
            .display_mode(common_model.LegendDisplayMode.TABLE)
            .placement(common_model.LegendPlacement.RIGHT)
            .show_legend(True)
            .calcs(["lastNotNull", "max"])
        )
        .tooltip(
            common.VizTooltipOptions()
            .mode(common_model.TooltipDisplayMode.MULTI)
            .sort(common_model.SortOrder.DESCENDING)
        )
    )
    if what.stacked:
        made = made.stacking(common.StackingConfig().mode(common_model.StackingMode.NORMAL).group("A"))
    for name, colour in OF_NAME.items():
        fixed = model.DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": colour})
        made = made.override_by_regexp(f"/(^| ){name}( \\(.*\\))?$/", [fixed])
    return made


def _timeline(_: Panel, __: Language) -> Any:
    return (
        statetimeline.Panel()
        .show_value(common_model.VisibilityMode.AUTO)
        .merge_values(True)
        .row_height(0.85)
        .fill_opacity(90)
        .line_width(0)
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
        .legend(
            common.VizLegendOptions()
            .display_mode(common_model.LegendDisplayMode.LIST)
            .placement(common_model.LegendPlacement.BOTTOM)
            .show_legend(False)
        )
    )


def _table(what: Panel, language: Language) -> Any:
    names = [column.field for column in what.columns]
    made = (
        table.Panel()
        .show_header(True)
        .cell_height(common_model.TableCellHeight.MD)
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
        .with_transformation(_transform("filterFieldsByName", {"include": {"names": names}}))
    )
    if len(what.targets) > 1:
        made = made.with_transformation(_transform("merge", {}))
    order = {"indexByName": {name: place for place, name in enumerate(names)}}
    made = made.with_transformation(
        _transform("organize", {"excludeByName": {}, "renameByName": {}, **order, "includeByName": {}})
    )
    if what.sort:
        sort = common_model.TableSortByFieldState(
            display_name=_title(what, what.sort, language), desc=what.down
        )
        made = made.sort_by([_Sort(sort)])
    for column in what.columns:
        made = made.override_by_name(column.field, _cells(column, language))
    return made


class _Sort(builder.Builder[common_model.TableSortByFieldState]):
    def __init__(self, sort: common_model.TableSortByFieldState) -> None:
        self._sort = sort

    def build(self) -> common_model.TableSortByFieldState:
        return self._sort


def _title(what: Panel, field: str, language: Language) -> str:
    return next(column.title(language) for column in what.columns if column.field == field)


def _cells(column: Column, language: Language) -> list[model.DynamicConfigValue]:
    """Return how a column looks: its heading, unit, words and colours."""
    said: dict[str, object] = {"displayName": column.title(language)}
    if column.unit:
        said["unit"] = column.unit
    if column.width:
        said["custom.width"] = column.width
    told = mappings.named(column.named, language) if column.named else None
    if column.states is not None:
        told = (mappings.coded if column.field.startswith("Value") else mappings.spelt)(
            column.states, language
        )
    if told is not None:
        said["mappings"] = [told, mappings.unknown(language)]
    if column.steps:
        said["thresholds"] = {
            "mode": "absolute",
            "steps": [{"value": step.value, "color": step.colour} for step in column.steps],
        }
    if column.steps or column.states or column.named == "severity":
        said["custom.cellOptions"] = {"type": "color-background", "mode": "basic"}
    return [model.DynamicConfigValue(id_val=name, value=value) for name, value in said.items()]


def _transform(name: str, options: dict[str, Any]) -> model.DataTransformerConfig:
    return model.DataTransformerConfig(id_val=name, options=options)


_FORMS: Final = {
    Form.STAT: _stat,
    Form.BARS: _bars,
    Form.LINES: _lines,
    Form.TIMELINE: _timeline,
    Form.TABLE: _table,
}
