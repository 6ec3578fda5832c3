// A desk by keyboard: j and k move, Enter does, w blows a whistle, / looks for words; the queue is live.
import { watch } from "./alarm.js";
import { isTyping, note, tick, words } from "./frame.js";
import { live } from "./live.js";

const desk = document.querySelector(".desk");
const queue = document.getElementById("queue");
const pane = document.getElementById("pane");
const rows = () => [...queue.querySelectorAll(".waiting li[data-id]")];
let here = desk.dataset.item;
let place = 0;
let timer;

function mark() {
  const all = rows();
  const open = all.find((row) => row.dataset.id === here) ?? all.find((row) => row.dataset.item === here);
  if (open) here = open.dataset.id; // an address names the item; a row may be one of several about it
  for (const [n, row] of all.entries()) {
    const is = row === open;
    row.classList.toggle("here", is);
    const link = row.querySelector("a");
    is ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
    if (is) place = n;
  }
}

function choose(row, wait = 0) {
  if (!row) return;
  here = row.dataset.id;
  desk.dataset.item = here;
  mark();
  row.scrollIntoView({ block: "nearest" });
  clearTimeout(timer);
  timer = setTimeout(() => window.htmx.trigger(row.querySelector("a"), "again"), wait);
}

function step(by) {
  const all = rows();
  const at = all.findIndex((row) => row.dataset.id === here);
  choose(all[at < 0 ? Math.min(place, all.length - 1) : Math.max(0, Math.min(at + by, all.length - 1))], 90);
}

const act = (name) => pane.querySelector(name ? `[data-act="${name}"]` : "[data-act]");
const keys = {
  j: () => step(1),
  k: () => step(-1),
  Enter: (event) => {
    if (event.target.closest("a[data-act], button, summary, #pane a")) return;
    event.preventDefault();
    const first = act();
    first?.matches("input") ? first.focus() : first?.click();
  },
  w: () => act("blow")?.click(),
  Escape: () => pane.querySelector("[data-cancel]")?.click(),
};
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.closest("#act")) return void (event.target.blur(), pane.querySelector("[data-cancel]")?.click());
  if (isTyping(event) || !keys[event.key]) return;
  keys[event.key](event);
});

queue.addEventListener("click", (event) => {
  const row = event.target.closest("li[data-id]");
  if (row) {
    here = row.dataset.id;
    desk.dataset.item = here;
    mark();
  }
});
pane.addEventListener("htmx:after:swap", () => {
  const open = pane.querySelector("#case");
  if (open) history.replaceState(null, "", `${location.pathname}?item=${open.dataset.id}${desk.dataset.kind ? "" : `&kind=${open.dataset.kind}`}`);
});

const alarm = watch(queue);
const refresh = live(queue, {
  heard(action, line) {
    const open = pane.querySelector("#case");
    if (!open || open.dataset.id !== line.id) return;
    if (!action.startsWith("subtask.") && Number(open.dataset.revision) >= (line.revision ?? 0)) return;
    if (pane.querySelector("#act form") || [...pane.querySelectorAll("[data-draft] input:not([type=hidden]), [data-draft] textarea")].some((one) => one.value !== one.defaultValue)) return;
    window.htmx.trigger(open, "refresh");
  },
  drawn() {
    tick();
    mark();
    alarm();
  },
});
document.addEventListener("done", (event) => event.detail?.words && refresh(0));
mark();
