// Shows the sum of the checkout for the slot that is chosen; the server has written one for every fee.
// On the sum: data-module="sum". Each template[data-slots] beside it holds the sum for these slots.
export function start(shown) {
  const form = document.getElementById("checkout");
  const sums = [...document.querySelectorAll("template[data-slots]")];

  const show = () => {
    const slot = form.querySelector("[name=slot]:checked")?.value;
    const sum = sums.find((each) => each.dataset.slots.split(" ").includes(slot));
    if (!sum || form.elements.shown_total.value === sum.dataset.total) return;
    shown.replaceChildren(sum.content.cloneNode(true));
    form.elements.shown_total.value = sum.dataset.total; // what the person agrees to is what they see
    for (const place of document.querySelectorAll("[data-sum-total]")) place.textContent = sum.dataset.words;
  };

  form.addEventListener("change", show);
  window.addEventListener("pageshow", show);
}
