// Keeps parts of a page up to date: `data-live` is the address of the part, fetched again every
// `data-live-seconds`. A page that nobody sees rests.
"use strict";

const FOCUSABLE = "a, button, summary, [tabindex]";

function say(part, words) {
  const note = document.querySelector(`[data-live-note="${part.id}"]`);
  if (note && note.textContent !== words) {
    note.textContent = words;
  }
}

// Which of the nodes from `place` on a new one continues: the one with its id, or the next alike.
function twinOf(child, place) {
  if (!child.id) {
    const alike = place && place.nodeName === child.nodeName && !place.id;
    return alike ? place : null;
  }
  let node = place;
  while (node && node.id !== child.id) {
    node = node.nextSibling;
  }
  return node;
}

function copyAttributes(old, fresh) {
  const unfolded = (name) => name === "open" && old.nodeName === "DETAILS";
  for (const { name, value } of [...fresh.attributes]) {
    if (old.getAttribute(name) !== value && !unfolded(name)) {
      old.setAttribute(name, value);
    }
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !unfolded(name)) {
      old.removeAttribute(name);
    }
  }
}

// Makes a node like another and leaves alone what is the same in both. So what has the focus
// keeps it, and what was unfolded, scrolled or marked stays so.
function update(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) {
      old.data = fresh.data;
    }
    return;
  }
  copyAttributes(old, fresh);
  let place = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const twin = twinOf(child, place);
    if (!twin) {
      old.insertBefore(child, place);
      continue;
    }
    while (place !== twin) {
      place = removed(place);
    }
    update(twin, child);
    place = twin.nextSibling;
  }
  while (place) {
    place = removed(place);
  }
}

function removed(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

function show(part, html) {
  const fresh = part.cloneNode(false);
  fresh.innerHTML = html;
  const active = part.contains(document.activeElement) ? document.activeElement : null;
  const named = active?.closest("[id]").id;
  update(part, fresh);
  if (active && !active.isConnected) {
    const again = document.getElementById(named);
    const focusable = again?.matches(FOCUSABLE) ? again : again?.querySelector(FOCUSABLE);
    focusable?.focus({ preventScroll: true });
  }
  part.dispatchEvent(new CustomEvent("live:refreshed", { bubbles: true }));
}

async function refresh(part) {
  if (document.hidden) {
    return;
  }
  try {
    const answer = await fetch(part.dataset.live, {
      credentials: "same-origin",
      headers: { "X-Requested-With": "XMLHttpRequest" },
      redirect: "manual",
    });
    if (answer.type === "opaqueredirect") {
      say(part, "Not up to date: you are logged out. Load the page again to log in.");
      return;
    }
    if (!answer.ok) {
      throw new Error(String(answer.status));
    }
    show(part, await answer.text());
    say(part, "");
  } catch {
    say(part, "Not up to date: the server cannot be reached.");
  }
}

for (const part of document.querySelectorAll("[data-live]")) {
  const seconds = Number(part.dataset.liveSeconds) || 5;
  setInterval(() => refresh(part), seconds * 1000);
  document.addEventListener("visibilitychange", () => refresh(part));
}
