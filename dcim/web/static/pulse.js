// How old everything on the page is, and whether it is of now. When nothing comes the page says so, and for how
// long, and loses its colours: an old picture must not pass for the present.

const QUIET_MS = 15000;
const said = document.body.dataset;
const units = said.units.split(" ");
const clock = document.getElementById("clock");
let heard = Date.now();
let isBroken = false;
let skew = 0; // the server's clock minus this browser's, in seconds
reckon(Number(clock.dataset.at));

function reckon(at) {
  skew = at - Date.now() / 1000;
}

// UTC milliseconds by the server's clock
export function now() {
  return Date.now() + skew * 1000;
}

export function age(at) {
  if (!at) return said.never;
  const seconds = Math.max(0, now() / 1000 - at);
  const [s, min, h, d] = units;
  if (seconds < 60) return `${Math.floor(seconds)}\u00a0${s}`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}\u00a0${min}`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)}\u00a0${h}`;
  return `${Math.floor(seconds / 86400)}\u00a0${d}`;
}

function show(tone, text) {
  document.getElementById("pulse").className = `tone ${tone}`;
  document.getElementById("pulse-text").textContent = text;
}

// The server spoke: at which time (UTC seconds), and how people write that
export function came(at, written) {
  [heard, isBroken] = [Date.now(), false];
  reckon(at);
  clock.textContent = written;
  show("ok", said.live);
  tick();
}

export function broke() {
  isBroken = true;
  tick();
}

export function quietFor() {
  return Date.now() - heard;
}

export function tick() {
  for (const span of document.querySelectorAll(".age")) span.textContent = age(Number(span.dataset.at));
  if (!said.page) return; // a picture of one moment, and it says of which
  const isLost = isBroken || quietFor() > QUIET_MS;
  document.body.classList.toggle("lost", isLost);
  if (isLost) show("critical", `${said.lost} · ${age((heard + skew * 1000) / 1000)}`);
}
