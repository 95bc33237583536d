// Keys for who reads lists: the focus goes from row to row, and links lead on and back. A key is
// taken only by itself, never from somebody who types, and not where they are turned off.
"use strict";

const OFF = "keys-off"; // in the browser's storage, for screen readers and speech, which use keys
const TYPES_NOTHING = "[type=checkbox], [type=radio], [type=submit], [type=button]";

const dialog = document.getElementById("keys-help");
const said = document.getElementById("keys-said");
let last = null; // the row that had the focus last

function isTyping(node) {
  const field = node.closest("input, textarea, select, [contenteditable]");
  return field !== null && !field.matches(TYPES_NOTHING);
}

function isOff() {
  return localStorage.getItem(OFF) === "1";
}

function rows() {
  const all = document.querySelectorAll("#result_list tbody tr, #content table.rows tbody tr");
  return [...all].filter((row) => linkOf(row));
}

function linkOf(row) {
  return row.querySelector("th a[href]") ?? row.querySelector("a[href]");
}

function goTo(row, place, count) {
  last = row;
  linkOf(row).focus();
  row.scrollIntoView({ block: "nearest" });
  said.textContent = `Row ${place + 1} of ${count}`;
}

function step(by) {
  const all = rows();
  const here = document.activeElement.closest("tr") ?? last;
  const place = all.indexOf(here) + (all.includes(here) || by > 0 ? by : 0);
  if (place >= 0 && place < all.length) {
    goTo(all[place], place, all.length);
  } else if (all.length > 0) {
    said.textContent = by > 0 ? "That was the last row" : "That was the first row";
  }
}

function follow(selector) {
  document.querySelector(selector)?.click();
}

function leave() {
  const up = document.querySelector("#content a[rel=up]");
  (up ?? [...document.querySelectorAll(".breadcrumbs a")].at(-1))?.click();
}

function search() {
  const boxes = [...document.querySelectorAll('[data-shortcut="/"]')];
  boxes.find((each) => each.checkVisibility())?.focus();
}

const ACTIONS = {
  j: () => step(1),
  k: () => step(-1),
  n: () => follow("#content a[rel=next]"),
  p: () => follow("#content a[rel=prev]"),
  u: leave,
  "/": search,
  "?": () => dialog?.showModal(),
};

document.addEventListener("keydown", (event) => {
  const withOthers = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
  const action = Object.hasOwn(ACTIONS, event.key) ? ACTIONS[event.key] : null;
  if (!action || withOthers || isOff() || isTyping(event.target) || dialog?.open) {
    return;
  }
  event.preventDefault();
  action();
});

for (const button of document.querySelectorAll("[data-keys-help]")) {
  button.hidden = false;
  button.addEventListener("click", () => dialog.showModal());
}

const box = document.getElementById("keys-on");
if (box) {
  box.checked = !isOff();
  box.addEventListener("change", () => localStorage.setItem(OFF, box.checked ? "0" : "1"));
}
