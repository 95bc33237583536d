// Goes on with a replay that is not all in the queue yet, for as long as somebody watches it.
"use strict";

const form = document.getElementById("carry-on");
const part = document.getElementById("progress");
let busy = false;

function state() {
  return part.querySelector("[data-state]").dataset.state;
}

async function goOn() {
  if (busy || !form || state() !== "opening") {
    return;
  }
  busy = true;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      credentials: "same-origin",
      headers: { "X-Requested-With": "XMLHttpRequest" },
      redirect: "manual",
    });
    if (answer.ok) {
      show(part, await answer.text());
    }
  } catch {
    // The part itself says, at its next refresh, that the server cannot be reached.
  }
  busy = false;
}

if (form) {
  goOn();
  setInterval(goOn, 1000);
}
