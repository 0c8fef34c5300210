"use strict";
// Redraws what changed. All words and numbers come written from the server; here they are only put in place.
// When nothing comes for a while the page says so and fades: an old picture must not pass for the present.

const QUIET_MS = 15000;
const units = document.body.dataset.units.split(" ");
const only = document.querySelector("[data-only]")?.dataset.device ?? "";
let heard = 0;
const opened = Date.now();
let skew = 0; // the server's clock minus this browser's, in seconds

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function age(at) {
  if (!at) return "—";
  const seconds = Math.max(0, Date.now() / 1000 + skew - at);
  const [s, min, h, d] = units;
  if (seconds < 60) return `${Math.floor(seconds)}\u00a0${s}`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}\u00a0${min}`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)}\u00a0${h}`;
  return `${Math.floor(seconds / 86400)}\u00a0${d}`;
}

function tick() {
  for (const span of document.querySelectorAll(".age")) span.textContent = age(Number(span.dataset.at));
  const lost = Date.now() - (heard || opened) > QUIET_MS;
  document.body.classList.toggle("lost", Boolean(lost));
  if (lost) pulse("critical", document.body.dataset.lost);
}

function pulse(tone, text) {
  document.getElementById("pulse").className = `tone ${tone}`;
  document.getElementById("pulse-text").textContent = text;
}

function setTone(node, base, tone) {
  node.className = `${base} ${tone}`;
}

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

function whyLink(key, words) {
  const link = element("a", "ask", words.why);
  link.href = `/explain/${encodeURIComponent(key)}`;
  return link;
}

function drawIncident(card, words) {
  const item = element("li", "incident", `${card.headline} `);
  item.append(whyLink(card.incident, words));
  if (card.takeable) item.append(" ", doingButton("acknowledge", words));
  item.dataset.incident = card.incident;
  return item;
}

function doingButton(doing, words) {
  const button = element("button", "", words[doing]);
  button.type = "button";
  button.dataset.doing = doing;
  return button;
}

function drawAlert(card, words, opened) {
  const member = card.incident && !card.headline ? " member" : "";
  const item = element("li", `alert edge ${card.tone}${member}`);
  item.dataset.key = card.key;
  const fold = element("details");
  fold.open = opened.has(card.key) ? opened.get(card.key) : card.urgent;
  const head = element("summary");
  const link = element("a", "", card.name);
  link.href = `/devices/${encodeURIComponent(card.asset)}`;
  const old = element("span", "age", age(card.at));
  old.dataset.at = card.at;
  const where = element("span", "quiet", card.place ? `${card.place} · ` : "");
  where.append(old);
  head.append(element("strong", `badge ${card.tone}`, card.severity), " ", link, " ",
    element("span", "headline", `— ${card.title}`), " ", element("span", "said", card.values), " ", where, " ",
    whyLink(card.key, words));
  let facts = `${words.since} ${card.since}`;
  if (card.limit) facts += ` · ${words.limit}${words.colon} ${card.limit}`;
  if (card.acknowledged) facts += ` · ${words.acknowledged} ${card.acknowledged}`;
  for (const more of [card.life, card.chatters]) if (more) facts += ` · ${more}`;
  fold.append(head, element("p", "quiet", facts));
  if (card.muted) fold.append(element("p", "muted", card.muted));
  for (const [label, text] of [[words.consequence, card.consequence], [words.action, card.action]]) {
    if (!text) continue;
    const line = element("p");
    line.append(element("span", "quiet", `${label}${words.colon}`), ` ${text}`);
    fold.append(line);
  }
  if (card.runbook) {
    const line = element("p");
    const steps = element("a", "", words.runbook);
    steps.href = card.runbook; // http or https: the rule file takes nothing else
    steps.rel = "noreferrer";
    line.append(steps);
    fold.append(line);
  }
  const deeds = element("p", "deeds");
  deeds.dataset.keys = card.keys.join(" ");
  const doings = [card.acknowledgeable ? "acknowledge" : "", card.shelvable ? "shelve" : "unshelve"];
  for (const doing of doings.filter(Boolean)) deeds.append(doingButton(doing, words), " ");
  fold.append(deeds);
  item.append(fold);
  return item;
}

function drawAlerts(cards) {
  const list = document.getElementById("alerts");
  if (!list) {
    if (cards.length) location.reload();
    return;
  }
  const opened = new Map([...list.querySelectorAll("li.alert")].map(
    (item) => [item.dataset.key, item.firstElementChild.open])); // what a person folded stays folded
  list.replaceChildren(...cards.flatMap((card) => [
    ...(card.headline ? [drawIncident(card, list.dataset)] : []),
    drawAlert(card, list.dataset, opened),
  ]));
  document.getElementById("alert-count").textContent = cards.length;
  const undecided = document.getElementById("undecided");
  document.getElementById("no-alerts").hidden = cards.length > 0 || !undecided.hidden;
}

// what people do to alerts: one dialog for all of them; who it is stays in this browser

function ask(button) {
  const dialog = document.getElementById("deed");
  const form = dialog.querySelector("form");
  const doing = button.dataset.doing;
  dialog.dataset.doing = doing;
  const { keys, incident } = button.parentElement.dataset;
  dialog.dataset.paths = incident ? `incidents/${incident}` : keys.split(" ").map((key) => `alerts/${key}`).join(" ");
  document.getElementById("deed-title").textContent = button.textContent;
  document.getElementById("deed-do").textContent = button.textContent;
  document.getElementById("deed-why").textContent = "";
  if (form.elements.who.type !== "hidden") form.elements.who.value = localStorage.getItem("dcim-who") ?? "";
  form.elements.note.value = "";
  form.elements.note.required = doing === "shelve";
  form.elements.seconds.value = doing === "shelve" ? "3600" : "";
  for (const node of dialog.querySelectorAll(".of-ack")) node.hidden = doing !== "acknowledge";
  for (const node of dialog.querySelectorAll(".of-mute")) node.hidden = doing === "acknowledge";
  dialog.querySelector(".timed").hidden = doing === "unshelve";
  dialog.showModal();
}

async function act(event) {
  event.preventDefault();
  const dialog = document.getElementById("deed");
  const { who, note, seconds, token } = event.target.elements;
  localStorage.setItem("dcim-who", who.value);
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token.value}` }) };
  const order = { who: who.value, note: note.value, seconds: seconds.value ? Number(seconds.value) : null };
  const refused = [];
  for (const path of dialog.dataset.paths.split(" ")) {
    const answer = await fetch(`/api/v1/${path}/${dialog.dataset.doing}`, {
      method: "POST", headers, body: JSON.stringify(order),
    }).catch(() => null);
    if (answer?.ok || answer?.status === 409) continue; // 409: it is so already
    const told = answer ? await answer.json().catch(() => null) : null;
    refused.push(typeof told?.detail === "string" ? told.detail : dialog.dataset.failed);
  }
  document.getElementById("deed-why").textContent = refused[0] ?? "";
  if (!refused.length) dialog.close();
}

function drawSummary(summary) {
  const big = document.getElementById("summary");
  if (!big) return;
  setTone(big, "big edge", summary.tone);
  document.getElementById("answering").textContent = summary.answering;
  document.getElementById("notes").replaceChildren(
    ...summary.notes.map((note) => element("li", "note edge unknown", note)));
  const undecided = document.getElementById("undecided");
  undecided.textContent = summary.undecided;
  undecided.hidden = !summary.undecided;
  document.getElementById("no-alerts").hidden = summary.alerts > 0 || Boolean(summary.undecided);
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
    location.reload(); // the device was understood anew: other points than this page has
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

function listen() {
  const query = new URLSearchParams({ lang: document.body.dataset.lang });
  if (only) query.set("device", only);
  const source = new EventSource(`/live?${query}`);
  source.onmessage = (event) => {
    const news = JSON.parse(event.data);
    heard = Date.now();
    skew = news.at - heard / 1000;
    pulse("ok", document.body.dataset.live);
    document.getElementById("clock").textContent = news.clock;
    drawSummary(news.summary);
    news.cards.forEach(drawCard);
    if (news.values) drawValues(news.values);
    if (news.alerts) drawAlerts(news.alerts);
    if (news.services) drawServices(news.services);
    tick();
  };
}

// the last hour of a point, on a click on its row

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

async function chart(row) {
  const table = document.getElementById("values");
  const next = row.nextElementSibling;
  if (next?.classList.contains("chart")) { next.remove(); return; }
  const to = Date.now() + skew * 1000;
  const answer = await fetch(`/points/${row.dataset.point}/hour?lang=${document.body.dataset.lang}`);
  const told = answer.ok ? await answer.json() : { range: "", samples: [] };
  const samples = told.samples.map(([at, value, state]) => ({ at: at * 1000, value, state }));
  const hour = { range: told.range, samples };
  const line = element("tr", "chart");
  const cell = element("td", "");
  cell.colSpan = 4;
  const title = table.dataset.history;
  if (samples.some((sample) => sample.value !== null)) {
    cell.append(...drawNumbers(hour, to - 3600000, to, title));
  } else if (samples.some((sample) => sample.state)) {
    cell.append(...drawWords(hour, title));
  } else {
    cell.append(element("p", "quiet", table.dataset.empty));
  }
  line.append(cell);
  row.after(line);
}

for (const row of document.querySelectorAll("#values tbody tr[data-point]")) {
  row.addEventListener("click", () => chart(row));
  row.addEventListener("keydown", (event) => { if (event.key === "Enter") chart(row); });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-doing]");
  if (button) ask(button);
});
document.querySelector("#deed form")?.addEventListener("submit", act);
document.getElementById("deed-leave")?.addEventListener("click", () => document.getElementById("deed").close());

/* A drawing that is larger than its frame begins at the part that is lost. */
for (const drawn of document.querySelectorAll(".diagrams svg[data-x]")) {
  const scale = drawn.clientWidth / Number(drawn.getAttribute("width")) || 1;
  drawn.parentElement.scrollTo(scale * drawn.dataset.x - 40, scale * drawn.dataset.y - 40);
}

listen();
tick();
setInterval(tick, 1000);
