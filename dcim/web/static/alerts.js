// The open alerts of the overview or of one device.

import { doingButton, element } from "./elements.js";
import { age } from "./pulse.js";
import { folds, redraw } from "./redraw.js";

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

function drawAlert(card, words, opened) {
  const member = card.incident && !card.headline ? " member" : "";
  const item = element("li", `alert edge ${card.tone}${member}`);
  item.dataset.key = card.key;
  item.dataset.urgent = card.urgent ? "yes" : "";
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

export function drawAlerts(cards) {
  const list = document.getElementById("alerts");
  if (!list) {
    if (cards.length) redraw(); // the first alert of this device: the page has no place for it yet
    return;
  }
  const opened = folds();
  list.replaceChildren(...cards.flatMap((card) => [
    ...(card.headline ? [drawIncident(card, list.dataset)] : []),
    drawAlert(card, list.dataset, opened),
  ]));
  const standing = cards.filter((card) => card.standing).length;
  document.getElementById("alert-count").textContent = standing;
  const others = document.getElementById("alert-others");
  others.textContent = standing < cards.length ? others.dataset.said.replace("#", cards.length - standing) : "";
  const undecided = document.getElementById("undecided");
  document.getElementById("no-alerts").hidden = cards.length > 0 || !undecided.hidden;
}
