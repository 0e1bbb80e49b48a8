// Says the weekday of a chosen date beside the field, as people say it.
// On the date field: data-module="date".
export function start(input) {
  const said = document.createElement("output");
  said.className = "help";
  said.htmlFor = input.id;
  input.after(said);
  const show = () => {
    const day = input.valueAsDate;
    said.textContent = day
      ? day.toLocaleDateString(document.documentElement.lang, { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" })
      : "";
  };
  input.addEventListener("input", show);
  show();
}
