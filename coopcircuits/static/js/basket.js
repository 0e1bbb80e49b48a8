// Adds up the basket while quantities change, before anything is sent; the server's sum is the one that counts.
// On the form of the shop page: data-module="basket". Fields carry data-price in minor units.
// An amount in minor units as the reader writes money: 1250 EUR is "12,50 €" in French.
function amount(minor, currency) {
  const format = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency });
  return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
}

export function start(form) {
  const total = document.querySelector("[data-basket-total]");
  const count = document.querySelector("[data-basket-count]");
  if (!total || !count) return;
  const plural = new Intl.PluralRules(document.documentElement.lang);

  const add = () => {
    let sum = 0;
    let items = 0;
    for (const field of form.querySelectorAll("[data-price]")) {
      const quantity = Number(field.value) || 0;
      sum += Math.round(quantity * Number(field.dataset.price));
      items += Number.isInteger(quantity) ? quantity : 1;
    }
    const words = plural.select(items) === "one" ? count.dataset.one : count.dataset.other;
    count.textContent = words.replace("%s", String(items));
    total.textContent = amount(sum, total.dataset.currency);
  };

  form.addEventListener("input", add);
  window.addEventListener("pageshow", add);
  add();
}
