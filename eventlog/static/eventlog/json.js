// Copies what a button names, to the last character, and folds or unfolds a tree as a whole.
"use strict";

// Where the page is not served by HTTPS, browsers have no clipboard but that of a copy by hand.
function copiedByHand(text) {
  const give = (event) => {
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
  };
  document.addEventListener("copy", give, { once: true });
  const copied = document.execCommand("copy");
  document.removeEventListener("copy", give);
  return copied;
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedByHand(text);
  }
}

for (const button of document.querySelectorAll("[data-copies]")) {
  const said = button.parentElement.querySelector("[data-copied]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copies).textContent;
    said.textContent = "";
    said.textContent = (await copied(text))
      ? "Copied."
      : "The browser does not allow it: select the text, and copy it by hand.";
  });
}

for (const button of document.querySelectorAll("[data-folds]")) {
  const folds = [...document.getElementById(button.dataset.folds).querySelectorAll("details")];
  button.hidden = folds.length === 0;
  const tell = () => {
    button.textContent = folds.every((each) => each.open) ? "Fold all" : "Unfold all";
  };
  button.addEventListener("click", () => {
    const open = !folds.every((each) => each.open);
    for (const each of folds) {
      each.open = open;
    }
  });
  for (const each of folds) {
    each.addEventListener("toggle", tell);
  }
  tell();
}
