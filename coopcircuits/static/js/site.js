// Everything here only helps: each page works without it.
// An element names the modules it wants, data-module="filter basket"; the script tag knows their addresses.
const addresses = document.getElementById("site-script");

async function begin(name, element) {
  const module = await import(addresses.getAttribute(`data-${name}`));
  module.start(element);
}

for (const element of document.querySelectorAll("[data-module]")) {
  for (const name of element.dataset.module.split(" ")) begin(name, element);
}
if (document.querySelector(".stepper")) begin("stepper", document);

document.querySelector(".error-summary")?.focus();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// One press is enough: a second one within the same page load is ignored, and the button says it is at work.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});

// A page brought back by the back button may be sent again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});

// Menus close as people expect: Escape, or a press elsewhere.
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && event.target.closest?.(".fold[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll(".fold[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

for (const current of document.querySelectorAll(":is(.section-nav, .tabs, .chips) [aria-current]")) {
  const row = current.closest("ul");
  row.scrollLeft = current.offsetLeft - row.offsetLeft - (row.clientWidth - current.offsetWidth) / 2;
}
