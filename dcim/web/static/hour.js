// The last hour of a point, on a click on its row.

import { element } from "./elements.js";
import { now } from "./pulse.js";

const SVG = "http://www.w3.org/2000/svg";

function path(samples, from, to) {
  const values = samples.filter((sample) => sample.value !== null).map((sample) => sample.value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const steps = samples.slice(1).map((sample, n) => sample.at - samples[n].at);
  const usual = steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] || 0;
  let text = "";
  let before = null; // when the last value was drawn, or null where the line is broken
  for (const sample of samples) {
    const at = sample.at;
    if (sample.value === null) { before = null; continue; } // a gap is a gap in the line
    if (before !== null && at - before > 3 * usual) before = null; // and so is silence
    const x = (1000 * (at - from)) / (to - from);
    const y = high === low ? 50 : 95 - (90 * (sample.value - low)) / (high - low);
    text += before === null ? `M${x.toFixed(1)} ${y.toFixed(1)}h0.1` : `L${x.toFixed(1)} ${y.toFixed(1)}`;
    before = at;
  }
  return text;
}

function drawNumbers(hour, from, to, title) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 1000 100");
  drawing.setAttribute("preserveAspectRatio", "none");
  drawing.setAttribute("role", "img");
  const stroke = document.createElementNS(SVG, "path");
  stroke.setAttribute("d", path(hour.samples, from, to));
  drawing.append(stroke);
  return [element("p", "quiet", `${title}${document.getElementById("values").dataset.colon} ${hour.range}`), drawing];
}

function drawWords(hour, title) {
  const list = element("ol", "words");
  let word = null;
  for (const sample of hour.samples) { // only where the state changed
    const said = sample.state ?? "—";
    if (said === word) continue;
    word = said;
    const at = new Date(sample.at).toLocaleTimeString(document.body.dataset.lang);
    list.append(element("li", "", `${at} ${said}`));
  }
  return [element("p", "quiet", title), list];
}

function drawn(told, to, table) {
  const samples = told.samples.map(([at, value, state]) => ({ at: at * 1000, value, state }));
  const hour = { range: told.range, samples };
  const title = table.dataset.history;
  if (samples.some((sample) => sample.value !== null)) return drawNumbers(hour, to - 3600000, to, title);
  if (samples.some((sample) => sample.state)) return drawWords(hour, title);
  return [element("p", "quiet", table.dataset.empty)];
}

async function chart(row) {
  const table = document.getElementById("values");
  const next = row.nextElementSibling;
  if (next?.classList.contains("chart")) { next.remove(); return; }
  const asked = fetch(`/points/${row.dataset.point}/hour?lang=${document.body.dataset.lang}`);
  const told = await asked.then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
  const line = element("tr", "chart");
  const cell = element("td", "");
  cell.colSpan = 4;
  if (told) cell.append(...drawn(told, now(), table));
  else cell.append(element("p", "note edge unknown", table.dataset.failed)); // not the same as: no readings
  line.append(cell);
  row.after(line);
}

function rowOf(event) {
  return event.target.closest?.("#values tbody tr[data-point]");
}

document.addEventListener("click", (event) => {
  const row = rowOf(event);
  if (row) chart(row);
});
document.addEventListener("keydown", (event) => {
  const row = rowOf(event);
  if (row && event.key === "Enter") chart(row);
});
