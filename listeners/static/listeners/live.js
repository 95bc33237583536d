// Keeps parts of a page up to date: `data-live` is the address of the part, fetched again every
// `data-live-seconds`. A page that nobody sees rests, and so does a part that somebody is using.
"use strict";

function say(part, words) {
  const note = document.querySelector(`[data-live-note="${part.id}"]`);
  if (note && note.textContent !== words) {
    note.textContent = words;
  }
}

async function refresh(part) {
  if (document.hidden || part.contains(document.activeElement)) {
    return;
  }
  try {
    const answer = await fetch(part.dataset.live, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) {
      throw new Error(String(answer.status));
    }
    part.innerHTML = await answer.text();
    part.dispatchEvent(new CustomEvent("live:refreshed", { bubbles: true }));
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
