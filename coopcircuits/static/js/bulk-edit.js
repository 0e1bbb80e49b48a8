// The quiet spreadsheet: marks what changed, counts it in the save bar, moves between rows with Enter and the arrows.
// On the form: data-module="bulk-edit". A field may say in data-saved what is saved, where it shows a refused entry. The bar has [data-changes] with data-none, data-one and data-other ("%s changes").
const changed = (field) =>
  field.matches("select")
    ? [...field.options].some((option) => option.selected !== option.defaultSelected)
    : field.type === "checkbox"
      ? field.checked !== ("saved" in field.dataset ? field.dataset.saved !== "" : field.defaultChecked)
      : field.value !== (field.dataset.saved ?? field.defaultValue);

export function start(form) {
  const fields = () => [...form.querySelectorAll("tbody td :is(input, select):not([type=hidden])")];
  const said = document.querySelector("[data-changes]");
  const plural = new Intl.PluralRules(document.documentElement.lang);
  let sending = false;
  let changes = 0;

  const count = () => {
    changes = 0;
    for (const field of fields()) {
      const now = changed(field);
      field.closest("td").classList.toggle("changed", now);
      if (now) changes += 1;
    }
    if (!said) return;
    const words = changes === 0 ? said.dataset.none : plural.select(changes) === "one" ? said.dataset.one : said.dataset.other;
    said.textContent = words.replace("%s", String(changes));
  };

  const move = (field, rows) => {
    const cell = field.closest("td");
    let row = cell.parentElement;
    do row = rows > 0 ? row.nextElementSibling : row.previousElementSibling;
    while (row && !row.cells[cell.cellIndex]?.querySelector("input, select"));
    const target = row?.cells[cell.cellIndex].querySelector("input, select");
    target?.focus();
    target?.select?.();
    return Boolean(target);
  };

  form.addEventListener("input", count);
  form.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!field.closest("tbody td") || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter") {
      event.preventDefault();
      move(field, event.shiftKey ? -1 : 1);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !field.matches("select")) {
      event.preventDefault();
      move(field, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape" && changed(field) && field.matches("input:not([type=checkbox])")) {
      field.value = field.dataset.saved ?? field.defaultValue;
      count();
    }
  });
  form.addEventListener("submit", () => (sending = true));
  window.addEventListener("beforeunload", (event) => {
    if (changes && !sending) event.preventDefault();
  });
  window.addEventListener("pageshow", count);
  count();
}
