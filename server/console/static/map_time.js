// The time axis: bars per day or month, a window that slides, play.
import { ask } from "./map_numbers.js";
import { between, day, later, period, query } from "./map_state.js";

const STEP_MS = 1100;
const DAYS_MAX = 130;

export function axis(state, words, changed) {
  const bars = document.getElementById("bars"), at = document.getElementById("at"), win = document.getElementById("win");
  const when = document.getElementById("when"), play = document.getElementById("play");
  let series = [], span = "day", timer = 0;

  async function load(signal) {
    span = between(state.from, state.to) > DAYS_MAX ? "month" : "day";
    const found = await ask("series", query(state, [state.from, state.to], { span }), signal);
    series = found.items;
    const rows = series.map((one) => `<tr><th scope="row">${span === "day" ? one.start : one.start.slice(0, 7)}</th><td class="n">${one.n}</td></tr>`);
    document.getElementById("days-rows").innerHTML = rows.join("");
    draw();
  }

  function draw() {
    const total = between(state.from, state.to);
    const [first, last] = period(state);
    const most = Math.max(1, ...series.map((one) => one.n));
    const wide = span === "day" ? 1 : 30;
    const rects = series.map((one) => {
      const x = Math.max(0, between(state.from, one.start) - 1);
      const h = Math.max(1, (28 * one.n) / most);
      const isIn = span === "day" ? one.start >= first && one.start <= last : one.start.slice(0, 7) >= first.slice(0, 7) && one.start <= last;
      return `<rect class="${isIn ? "in" : ""}" x="${x + 0.08}" y="${30 - h}" width="${Math.max(0.2, Math.min(wide, total - x) - 0.16)}" height="${h}"><title>${one.start}: ${one.n}</title></rect>`;
    });
    bars.innerHTML = `<svg viewBox="0 0 ${total} 30" preserveAspectRatio="none">${rects.join("")}</svg>`;
    const days = Number(state.win);
    const isWhole = !days || days >= total;
    at.disabled = isWhole;
    at.max = isWhole ? 0 : total - days;
    at.value = isWhole ? 0 : between(state.from, first) - 1;
    at.setAttribute("aria-valuetext", `${first} — ${last}`);
    win.value = state.win;
    when.textContent = first === last ? first : `${first} — ${last}`;
    play.disabled = total < 2;
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    play.setAttribute("aria-pressed", "false");
    play.textContent = play.dataset.play;
  }

  async function step() {
    const days = Number(state.win), [first] = period(state);
    const next = later(first, days === 30 ? 7 : days === 7 ? 1 : 1);
    if (later(next, days - 1) > state.to) return stop();
    state.at = next;
    draw();
    await changed("frame");
  }

  play.addEventListener("click", async () => {
    if (timer) return stop();
    if (!Number(state.win) || Number(state.win) >= between(state.from, state.to)) state.win = between(state.from, state.to) > 60 ? "30" : between(state.from, state.to) > 7 ? "7" : "1";
    const days = Number(state.win);
    if (!state.at || later(state.at, days) > state.to) state.at = state.from;
    play.setAttribute("aria-pressed", "true");
    play.textContent = play.dataset.stop;
    draw();
    let isBusy = true;
    timer = setInterval(async () => {
      if (isBusy) return;
      isBusy = true;
      await step();
      isBusy = false;
    }, STEP_MS);
    await changed("play");
    isBusy = false;
  });
  at.addEventListener("input", () => {
    state.at = later(state.from, Number(at.value));
    draw();
    changed("frame");
  });
  win.addEventListener("change", () => {
    stop();
    state.win = win.value;
    state.at = "";
    draw();
    changed("period");
  });
  return { load, draw, stop, isPlaying: () => timer !== 0, day };
}
