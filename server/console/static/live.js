// The live stream in a page: native EventSource, a visible state, a refresh within a second, never a flood of requests.
// A page that names its part in data-stream is shown it by the stream and asks only when nothing is shown in time.
import { askAtTheDoor, words } from "./frame.js";

const GATHER_MS = 120; // what happens at once is drawn at once
const REST_TIMES = 3; // rest three times as long as the last answer took
const REST_MAX_MS = 5000;
const SHOWN_MS = 3000; // what the stream has not shown by then is asked for
const SLOW_MS = 30_000; // clocks and the worker move without a line
const AWAY_MS = [1000, 2000, 4000, 8000, 15_000];

const sign = document.getElementById("live");
const hhmmss = () => new Date().toLocaleTimeString("zh-CN", { hour12: false });

export function live(part, { heard = () => {}, drawn = () => {} } = {}) {
  let source, timer, busy = false, dirty = false, tries = 0, asked = 0, last = hhmmss(), isOn = true;
  let isShown = false, overdue = 0, late = "";

  function show(on) {
    isOn = on;
    sign.hidden = false;
    sign.classList.toggle("off", !on);
    const text = on ? words.liveOn : `${words.liveOff} · ${words.liveSince} ${last}`;
    if (sign.textContent !== text) sign.textContent = text;
    part.classList.toggle("stale", !on);
  }

  function refresh(after = GATHER_MS) {
    if (busy || timer) return void (dirty = dirty || busy);
    timer = setTimeout(() => {
      timer = 0;
      busy = true;
      asked = performance.now();
      window.htmx.trigger(part, "refresh");
    }, after);
  }

  // Shown while an answer is on its way: drawn after it, for the answer may be the older of the two.
  function shown(text) {
    isShown = true;
    part.dataset.shown = "";
    clearTimeout(overdue);
    overdue = 0;
    if (busy) late = text;
    else window.htmx.swap({ text, target: part, sourceElement: part, swap: part.getAttribute("hx-swap") });
  }

  function changed() {
    if (!isShown) refresh();
    else overdue ||= setTimeout(() => alone(), SHOWN_MS);
  }

  function alone() {
    isShown = false;
    delete part.dataset.shown;
    clearTimeout(overdue);
    overdue = 0;
    refresh(0);
  }

  part.addEventListener("htmx:finally:request", () => {
    const took = performance.now() - asked;
    busy = false;
    if (late) shown(late);
    late = "";
    if (dirty) refresh(Math.min(REST_TIMES * took, REST_MAX_MS));
    dirty = false;
  });
  part.addEventListener("htmx:after:swap", () => {
    last = hhmmss();
    drawn();
  });
  part.addEventListener("htmx:error", () => show(false));

  function connect() {
    source = new EventSource(part.dataset.stream ?? "/api/v1/stream");
    source.addEventListener("open", () => {
      tries = 0;
      if (!isOn) refresh(0);
      show(true);
    });
    source.addEventListener("error", () => {
      show(false);
      if (source.readyState !== EventSource.CLOSED) return;
      refresh(0);
      setTimeout(connect, AWAY_MS[Math.min(tries++, AWAY_MS.length - 1)]);
    });
    for (const action of part.dataset.actions.split(" "))
      source.addEventListener(action, (event) => {
        heard(event.type, JSON.parse(event.data));
        changed();
      });
    source.addEventListener("shown", (event) => shown(JSON.parse(event.data)));
    source.addEventListener("alone", alone);
    source.addEventListener("reset", () => refresh(0));
    source.addEventListener("end", () => {
      source.close();
      show(false);
      askAtTheDoor(connect);
    });
  }

  connect();
  setInterval(() => document.visibilityState === "visible" && refresh(0), SLOW_MS);
  addEventListener("online", () => refresh(0));
  addEventListener("offline", () => show(false));
  return refresh;
}
