// Small parts of a page. All words come written from the server.

export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

export function doingButton(doing, words) {
  const button = element("button", "", words[doing]);
  button.type = "button";
  button.dataset.doing = doing;
  return button;
}

export function setTone(node, base, tone) {
  node.className = `${base} ${tone}`;
}
