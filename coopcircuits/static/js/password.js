// Puts a button beside each password field that shows what was typed. It is hidden again before the form leaves, so
// that the browser offers to remember a password and not a word.
for (const input of document.querySelectorAll("input[type=password][data-show]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.setAttribute("aria-controls", input.id);
  const show = (visible) => {
    input.type = visible ? "text" : "password";
    button.textContent = visible ? input.dataset.hide : input.dataset.show;
    button.setAttribute("aria-pressed", visible);
  };
  button.addEventListener("click", () => show(input.type === "password"));
  input.form.addEventListener("submit", () => show(false));

  const row = document.createElement("div");
  row.className = "row";
  row.style.flexWrap = "nowrap";
  row.style.marginBlockEnd = "0";
  input.replaceWith(row);
  row.append(input, button);
  show(false);
}
