// The live stream in a page: native EventSource, a visible state, a refresh within a second, never a flood of requests.
import { askAtTheDoor, words } from "./frame.js";

const GATHER_MS = 120; // what happens at once is drawn at once
const REST_TIMES = 3; // rest three times as long as the last answer took
const REST_MAX_MS = 5000;
const SLOW_MS = 30_000; // clocks and the worker move without a line
const AWAY_MS = [1000, 2000, 4000, 8000, 15_000];

const sign = document.getElementById("live");
const hhmmss = () => new Date().toLocaleTimeString("zh-CN", { hour12: false });

export function live(part, { heard = () => {}, drawn = () => {} } = {}) {
  let source, timer, busy = false, dirty = false, tries = 0, asked = 0, last = hhmmss(), isOn = true;

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

  part.addEventListener("htmx:finally:request", () => {
    const took = performance.now() - asked;
    busy = false;
    if (dirty) refresh(Math.min(REST_TIMES * took, REST_MAX_MS));
    dirty = false;
  });
  part.addEventListener("htmx:after:swap", () => {
    last = hhmmss();
    drawn();
  });
  part.addEventListener("htmx:error", () => show(false));

  function connect() {
    source = new EventSource("/api/v1/stream");
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
        refresh();
      });
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
