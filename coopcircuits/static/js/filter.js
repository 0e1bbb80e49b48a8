// Hides the products that do not match the chip and the words; without script the chips are links and the server filters.
// On the element around chips, search field and cards: data-module="filter". It never changes what is in the form.
const plain = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");

export function start(root) {
  const chips = [...root.querySelectorAll("[data-filter]")];
  const search = root.querySelector("[data-filter-text]");
  const said = root.querySelector("[data-filter-count]");
  const cards = [...root.querySelectorAll("[data-tags]")].map((card) => ({
    card,
    tags: card.dataset.tags.split(" "),
    text: plain(card.dataset.text || card.textContent),
  }));
  let wanted = chips.find((chip) => chip.hasAttribute("aria-current"))?.dataset.filter || "";

  const show = () => {
    const words = plain(search?.value || "").split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { card, tags, text } of cards) {
      card.hidden = !((!wanted || tags.includes(wanted)) && words.every((word) => text.includes(word)));
      if (!card.hidden) shown += 1;
    }
    for (const group of root.querySelectorAll("[data-filter-group]")) {
      group.hidden = !group.querySelector("[data-tags]:not([hidden])");
    }
    if (said) said.textContent = (shown === 1 ? said.dataset.one : said.dataset.other).replace("%s", String(shown));
  };

  for (const chip of chips) {
    chip.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      wanted = chip.dataset.filter;
      for (const other of chips) other.toggleAttribute("aria-current", false);
      chip.setAttribute("aria-current", "true");
      history.replaceState(null, "", chip.href);
      show();
    });
  }

  search?.addEventListener("input", show);
  search?.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  if (search?.value) show();
}
