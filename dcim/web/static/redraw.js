// Puts the page in place as the server draws it now, where more changed than parts of it.

import { came, tick } from "./pulse.js";

let isAsking = false;

// What a person folded or unfolded, by the keys of alerts: it stays so
export function folds() {
  const items = [...document.querySelectorAll("li.alert")];
  const touched = items.filter((item) => item.firstElementChild.open !== Boolean(item.dataset.urgent));
  return new Map(touched.map((item) => [item.dataset.key, item.firstElementChild.open]));
}

function swap(fresh) {
  const opened = folds();
  document.querySelector("main").replaceWith(document.adoptNode(fresh.querySelector("main")));
  for (const item of document.querySelectorAll("li.alert")) {
    if (opened.has(item.dataset.key)) item.firstElementChild.open = opened.get(item.dataset.key);
  }
  const clock = fresh.getElementById("clock");
  came(Number(clock.dataset.at), clock.textContent);
}

// Return whether the page is as the server draws it now. A page in whose dialog somebody writes is left alone
export async function redraw() {
  if (isAsking || document.querySelector("dialog[open]")) return false;
  isAsking = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok && answer.status !== 404) return false;
    swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
    return true;
  } catch {
    return false;
  } finally {
    isAsking = false;
    tick();
  }
}
