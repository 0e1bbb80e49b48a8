// Keeps a part of the page up to date while the worker is at it, and loads the page again when it is done.
// On that part, which needs an id: data-module="progress".
const PAUSE = 2000;

export function start(part) {
  const look = async () => {
    const answer = await fetch(location.href).catch(() => null);
    if (answer?.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(part.id);
      if (!fresh) return location.reload();
      part.replaceChildren(...fresh.childNodes);
    }
    setTimeout(look, PAUSE);
  };
  setTimeout(look, PAUSE);
}
