// Redraws what changed. All words and numbers come written from the server; here they are only put in place.
// A page says in data-page what it is: "live" is told of each change, "fresh" is drawn anew every few seconds, and
// one without it is a picture of one moment.

import { drawAlerts } from "./alerts.js";
import "./deeds.js";
import { element, setTone } from "./elements.js";
import "./hour.js";
import { age, broke, came, quietFor, tick } from "./pulse.js";
import { redraw } from "./redraw.js";

const FRESH_MS = 5000;
const AGAIN_MS = 3000;
const GIVE_UP_MS = 45000; // a connection that says nothing for so long is dead, whatever the browser thinks
const only = document.querySelector("[data-only]")?.dataset.device ?? "";

function drawCell(value) {
  const cell = element("div", "cell");
  cell.dataset.point = value.point;
  const name = element("dt", "", value.name);
  if (value.labels) name.append(" ", element("span", "quiet", value.labels));
  cell.append(name, element("dd", `tone-text ${value.tone}${value.stale ? " stale" : ""}`, value.text));
  return cell;
}

function drawCard(card) {
  for (const node of document.querySelectorAll(`[data-device="${CSS.escape(card.id)}"]`)) {
    const page = node.hasAttribute("data-only");
    if (!page) setTone(node, "card edge", card.tone);
    const reach = node.querySelector(".reach");
    if (page) setTone(reach, "reach big edge", card.tone);
    setTone(reach.querySelector(".tone"), "tone", card.reach_tone);
    reach.querySelector(".reach-text").textContent = card.reach;
    reach.querySelector(".age").dataset.at = card.at;
    node.querySelector(".why").textContent = card.why;
    if (!page) node.querySelector("dl").replaceChildren(...card.cells.map(drawCell));
  }
}

function drawSummary(summary) {
  const big = document.getElementById("summary");
  if (!big) return;
  setTone(big, "big edge", summary.tone);
  document.getElementById("answering").textContent = summary.answering;
  document.getElementById("notes").replaceChildren(
    ...summary.notes.map((note) => element("li", "note edge unknown", note)));
  const undecided = document.getElementById("undecided");
  if (!undecided) return; // a site without devices has no alerts to tell of
  undecided.textContent = summary.undecided;
  undecided.hidden = !summary.undecided;
  const listed = document.querySelector("#alerts > li") !== null;
  document.getElementById("no-alerts").hidden = listed || Boolean(summary.undecided);
}

function drawServices(rows) {
  const body = document.querySelector("#services tbody");
  if (!body) return;
  body.replaceChildren(...rows.map((one) => {
    const row = element("tr");
    row.dataset.service = one.id;
    const name = element("td");
    const link = element("a", "", one.name);
    link.href = encodeURI(one.page);
    name.append(element("span", `tone ${one.tone}`), " ", link, " ", element("span", "quiet", one.kind));
    const since = element("td", "quiet");
    const old = element("span", "age", age(one.since));
    old.dataset.at = one.since;
    since.append(old);
    row.append(name, element("td", `tone-text ${one.tone === "warning" ? "" : one.tone}`, one.function),
      element("td", `tone-text ${one.tone}`, one.redundancy), since, element("td", "wide quiet", one.why));
    return row;
  }));
}

function drawValues(values) {
  const body = document.querySelector("#values tbody");
  if (body.querySelectorAll("tr[data-point]").length !== values.length) {
    redraw(); // the device was understood anew: other points than this page has
    return;
  }
  for (const value of values) {
    const row = body.querySelector(`tr[data-point="${value.point}"]`);
    if (!row) continue;
    const cell = row.children[1];
    cell.className = `right tone-text ${value.tone}${value.stale ? " stale" : ""}${value.doubtful ? " doubtful" : ""}`;
    cell.title = value.doubtful ? body.parentElement.dataset.doubtful : "";
    cell.textContent = value.text;
    row.querySelector(".age").dataset.at = value.at;
  }
}

let isBehind = false; // something may have changed while nobody told us

function take(news) {
  came(news.at, news.clock);
  if (isBehind) redraw().then((isDone) => { isBehind &&= !isDone; });
  drawSummary(news.summary);
  news.cards.forEach(drawCard);
  if (news.values) drawValues(news.values);
  if (news.alerts) drawAlerts(news.alerts);
  if (news.services) drawServices(news.services);
  tick();
}

function listen() {
  const query = new URLSearchParams({ lang: document.body.dataset.lang });
  if (only) query.set("device", only);
  const source = new EventSource(`/live?${query}`);
  const begun = Date.now();
  const watch = setInterval(() => {
    if (Math.min(quietFor(), Date.now() - begun) > GIVE_UP_MS) again();
  }, 1000);
  function again() {
    source.close(); // a browser that was answered with an error would not try again by itself
    clearInterval(watch);
    isBehind = true;
    broke();
    setTimeout(listen, AGAIN_MS);
  }
  source.onmessage = (event) => take(JSON.parse(event.data));
  source.onerror = again;
}

async function refresh() {
  if (!(await redraw()) && !document.querySelector("dialog[open]")) broke();
}

/* A drawing that is larger than its frame begins at the part that is lost. */
for (const drawn of document.querySelectorAll(".diagrams svg[data-x]")) {
  const scale = drawn.clientWidth / Number(drawn.getAttribute("width")) || 1;
  drawn.parentElement.scrollTo(scale * drawn.dataset.x - 40, scale * drawn.dataset.y - 40);
}

if (document.body.dataset.page === "live") listen();
if (document.body.dataset.page === "fresh") setInterval(refresh, FRESH_MS);
tick();
setInterval(tick, 1000);
