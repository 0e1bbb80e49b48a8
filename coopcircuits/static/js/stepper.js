// Adds less and more buttons to every quantity field, in the room the style sheet keeps for them.
// The field stays a number field: typing works, and "input" events tell the basket.
const places = (step) => (String(step).split(".")[1] || "").length;

function change(input, direction) {
  const step = Number(input.step) || 1;
  const least = input.min === "" ? -Infinity : Number(input.min);
  const most = input.max === "" ? Infinity : Number(input.max);
  const value = Math.min(most, Math.max(least, (Number(input.value) || 0) + direction * step));
  input.value = value.toFixed(places(step));
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function button(sign, kind, words, input, direction) {
  const made = document.createElement("button");
  made.type = "button";
  made.tabIndex = -1; // for fingers: on a keyboard the arrows of the field do the same, without two more stops a product
  made.className = kind;
  made.textContent = sign;
  made.setAttribute("aria-label", `${words} (${input.getAttribute("aria-label")})`);
  made.addEventListener("click", () => change(input, direction));
  return made;
}

export function start(root) {
  for (const box of root.querySelectorAll(".stepper:not(.stepper-ready)")) {
    const input = box.querySelector("input");
    if (input.disabled) continue;
    const less = button("\u2212", "stepper-less", input.dataset.less, input, -1);
    const more = button("+", "stepper-more", input.dataset.more, input, 1);
    const show = () => {
      less.disabled = Number(input.value) <= Number(input.min);
      more.disabled = input.max !== "" && Number(input.value) >= Number(input.max);
      box.classList.toggle("stepper-on", Number(input.value) > 0);
    };
    input.addEventListener("input", show);
    box.prepend(less);
    box.append(more);
    box.classList.add("stepper-ready");
    show();
  }
}
