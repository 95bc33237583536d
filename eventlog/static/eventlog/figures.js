// The figures: a choice of number shows at once.
"use strict";

for (const form of document.querySelectorAll("form[data-submits-itself]")) {
  form.querySelector("button").hidden = true;
  form.addEventListener("change", () => form.submit());
}
