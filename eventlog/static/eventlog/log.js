// What every page of the log does: menus close when one leaves them, what was revealed is masked.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = event.target.closest("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) {
      menu.open = false;
    }
  }
});

// A menu at the right edge of the window opens to the left: before it is drawn, which an event of it
// would come too late for.
const place = (menu) => {
  const body = menu.querySelector(".menu-body");
  body.classList.remove("leftward");
  const { right } = body.getBoundingClientRect();
  body.classList.toggle("leftward", right > document.documentElement.clientWidth);
};
const placing = new MutationObserver((changes) => {
  for (const { target } of changes) {
    if (target.matches("details.menu[open]")) {
      place(target);
    }
  }
});
placing.observe(document.documentElement, { subtree: true, attributeFilter: ["open"] });
document.querySelectorAll("details.menu[open]").forEach(place);

// What was revealed for a while is masked again by the server; the page asks for it in time, by how
// long is left and not by what the reader's clock says. A machine that slept catches up.
for (const part of document.querySelectorAll("[data-expires-in]")) {
  const end = Date.now() + Number(part.dataset.expiresIn) * 1000 + 500;
  const look = setInterval(() => {
    if (Date.now() > end) {
      clearInterval(look);
      location.reload();
    }
  }, 500);
}

// What only has to be sent again, with no harm in it, is sent at once.
document.querySelector("form[data-send-at-once]")?.submit();

// The browser's time zone is offered to who has chosen none, and never taken by itself.
const browsersZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const offer of document.querySelectorAll("[data-zone-offer]")) {
  if (browsersZone && !["UTC", offer.dataset.zoneOffer].includes(browsersZone)) {
    offer.querySelector("[data-zone-name]").textContent = browsersZone;
    offer.querySelector("[data-zone-value]").value = browsersZone;
    offer.hidden = false;
  }
}
