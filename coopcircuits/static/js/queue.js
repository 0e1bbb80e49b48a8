// Keys of the review queue, heard only while the focus is inside it: j next, k previous, x tick or untick, Enter open,
// a approve what is ticked (the form's first button).
// On the list: data-module="queue"; each line has a link and, if it can be approved, a checkbox.
export function start(queue) {
  queue.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const rows = [...queue.querySelectorAll(".queue-line")];
    const at = rows.findIndex((row) => row.contains(event.target));
    const row = rows[at];
    const keys = {
      j: () => (rows[at + 1] ?? row)?.querySelector("a").focus(),
      k: () => (rows[at - 1] ?? row)?.querySelector("a").focus(),
      x: () => row?.querySelector("input[type=checkbox]")?.click(),
      a: () => queue.closest("form")?.querySelector("[type=submit]")?.click(),
    };
    // Enter on a tick would send the form; on a link it opens by itself.
    if (event.target.matches("input")) keys.Enter = () => row?.querySelector("a").click();
    if (!(event.key in keys)) return;
    keys[event.key]();
    event.preventDefault();
  });
}
