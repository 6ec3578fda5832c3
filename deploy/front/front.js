// Ask again from time to time, and show the page as soon as somebody answers; until then it stays still for its reader.
const everyMs = Number(document.body.dataset.seconds) * 1000;
const isBack = (answer) => answer && answer.status < 500 && answer.status !== 429;

async function again() {
  const answer = await fetch(location.href, { method: "HEAD", cache: "no-store", headers: { Accept: "text/html" } }).catch(() => null);
  if (isBack(answer)) location.reload();
  else setTimeout(again, everyMs);
}
setTimeout(again, everyMs);
