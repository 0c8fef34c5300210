// Have a report made from the page: ask, follow how far it is, show the list again when it is issued.

const ask = document.getElementById("report-ask");
const step = document.getElementById("report-step");

async function follow(job) {
  for (let turn = 0; turn < 6000; turn += 1) {
    const answer = await fetch(`/api/v1/reports/jobs/${job}`).catch(() => null);
    if (!answer?.ok) return `${ask.dataset.failed} (${answer?.status ?? "–"})`;
    const said = await answer.json();
    if (said.progress === "done") return "";
    if (said.progress === "refused" || said.progress === "failed") return said.why;
    const before = said.ahead ? `${ask.dataset.ahead} ${said.ahead}` : said.step;
    step.textContent = `${ask.dataset.waiting} ${before}`;
    await new Promise((done) => setTimeout(done, 300));
  }
  return ask.dataset.failed;
}

if (ask) ask.elements.who.value = localStorage.getItem("dcim-who") ?? "";

ask?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = ask.querySelector("button");
  button.disabled = true;
  step.textContent = ask.dataset.waiting;
  const headers = { "Content-Type": "application/json" };
  const { token, ...order } = Object.fromEntries(new FormData(ask));
  if (token) headers.Authorization = `Bearer ${token}`;
  localStorage.setItem("dcim-who", order.who ?? "");
  const answer = await fetch("/api/v1/reports", {
    method: "POST", headers, body: JSON.stringify(order),
  }).catch(() => null);
  const said = await answer?.json().catch(() => ({})) ?? {};
  const detail = Array.isArray(said.detail) ? said.detail.map((one) => one.msg).join("; ") : said.detail;
  const why = answer?.ok ? await follow(said.job) : (detail ?? ask.dataset.failed);
  if (!why) { location.reload(); return; }
  step.textContent = why;
  button.disabled = false;
});
