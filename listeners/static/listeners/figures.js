// The figures: a choice of number shows at once, and what was unfolded stays so after a refresh.
"use strict";

for (const form of document.querySelectorAll("form[data-submits-itself]")) {
  form.querySelector("button").hidden = true;
  form.addEventListener("change", () => form.submit());
}

const unfolded = new Map();

document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.id) {
      unfolded.set(event.target.id, event.target.open);
    }
  },
  true,
);

document.addEventListener("live:refreshed", () => {
  for (const [id, open] of unfolded) {
    const details = document.getElementById(id);
    if (details) {
      details.open = open;
    }
  }
});
