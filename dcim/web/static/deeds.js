// What people do to alerts: one dialog for all of them. Who it is stays in this browser.

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
    const why = typeof told?.detail === "string" ? told.detail : dialog.dataset.failed;
    refused.push(answer?.status === 401 ? dialog.dataset.stranger : why);
  }
  document.getElementById("deed-why").textContent = refused[0] ?? "";
  if (!refused.length) dialog.close();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-doing]");
  if (button) ask(button);
  if (event.target.closest("#deed-leave")) document.getElementById("deed").close();
});
document.addEventListener("submit", (event) => {
  if (event.target.closest("#deed")) act(event);
});
