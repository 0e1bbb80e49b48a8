// Keys of the review queue, heard only while the focus is inside it: j next, k previous, a tick or untick, o open.
// On the list: data-module="queue"; each line has a link and, if it can be approved, a checkbox.
export function start(queue) {
  const rows = () => [...queue.querySelectorAll(".queue-line")];

  queue.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input:not([type=checkbox]), textarea, select")) return;
    const list = rows();
    const at = list.findIndex((row) => row.contains(event.target));
    const row = list[at];
    if (event.key === "j" || event.key === "k") {
      list[at + (event.key === "j" ? 1 : -1)]?.querySelector("a").focus();
    } else if (event.key === "a") {
      row?.querySelector("input[type=checkbox]")?.click();
    } else if (event.key === "o") {
      row?.querySelector("a").click();
    } else {
      return;
    }
    event.preventDefault();
  });
}
