// Numbers of the map: asked once per question, newest question wins; the table, the legend and the file made of them.
import { request } from "./frame.js";
import { classOf, hotColour, POINTS, ramp, RAMPS, zeroColour } from "./map_layers.js";
import { later, query } from "./map_state.js";

const TOP = 120;
const kept = new Map();

export class Refused extends Error {
  constructor({ code, errors }) {
    super(code);
    this.fields = Object.keys(errors ?? {});
  }
}

// What went wrong, and what its button does: filters that the server cannot understand are called as on the page.
export function trouble(error, words, form) {
  const names = (error.fields ?? []).map((name) => form.elements[name]?.closest("label").firstChild.textContent.trim() ?? name);
  if (names.length) return [words.unknown.replace("{names}", names.join(words.comma)), form.querySelector("#clear").textContent];
  return [error.message === "too_much_for_one_map" ? words.toomuch : words.failed, words.again];
}

export async function ask(path, given, signal) {
  const address = `/api/v1/maps/${path}?${given}`;
  if (kept.has(address)) return kept.get(address);
  const answer = await request(address, { signal });
  const body = await answer.json();
  if (!answer.ok) throw new Refused(body);
  kept.set(address, body);
  if (kept.size > 80) kept.delete(kept.keys().next().value);
  return body;
}
export const forget = () => kept.clear();

const MEASURE = { n: "n", per_km2: "per_km2", per_1000: "per_1000", overdue: "n", hot: "per_km2", none: "n" };

export function density(state, days, signal) {
  const more = { of: MEASURE[state.fill] ?? "n", scheme: state.scheme };
  if (state.fill === "hot") more.hotspots = "true";
  if (state.fill === "overdue") more.overdue = "true";
  return ask("density", query(state, days, more), signal);
}

// While it plays the classes stay: those of the window in which most was reported, or colours would mean nothing.
export async function busiest(state) {
  const days = Number(state.win);
  const found = await ask("series", query(state, [state.from, state.to], { span: "day" }));
  const by = Object.fromEntries(found.items.map((one) => [one.start, one.n]));
  let best = state.from, most = -1;
  for (let first = state.from; later(first, days - 1) <= state.to; first = later(first, 1)) {
    let n = 0;
    for (let i = 0; i < days; i++) n += by[later(first, i)] ?? 0;
    if (n > most) [best, most] = [first, n];
  }
  return (await density(state, [best, later(best, days - 1)])).breaks;
}

export const resolution = (zoom) => (zoom < 11.2 ? 8 : zoom < 13 ? 9 : 10);
export async function hexagons(state, days, zoom, signal) {
  const more = { by: "h3", resolution: resolution(zoom), scheme: state.scheme, of: "per_km2" };
  const found = await ask("density", query(state, days, more), signal);
  const features = found.items.map((one) => ({ type: "Feature", properties: { n: one.n, class: one.class, per_km2: one.per_km2 }, geometry: { type: "Polygon", coordinates: [[...one.outline, one.outline[0]]] } }));
  return { breaks: found.breaks, data: { type: "FeatureCollection", features } };
}

const said = (words, name, n) => words[name].replace("{n}", n);
export const number = (value) => (value == null ? "—" : value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString("zh-CN") : value.toFixed(value < 1 ? 2 : 1));

// --- legend ---------------------------------------------------------------------------------------------------
export function legend(state, told, small, words, hexed) {
  const rows = [];
  const line = (colour, text, kind = "") => rows.push(`<p><i class="${kind}"${colour ? ` style="background:${colour}"` : ""}></i>${text}</p>`);
  const shown = state.show.includes("hex") ? "hex" : state.fill;
  if (shown === "hot") for (const level of [3, 2, 1, 0, -1, -2, -3]) line(hotColour(level), words[`hot${level}`]);
  else if (shown !== "none") {
    const breaks = (shown === "hex" ? hexed?.breaks : told?.breaks) ?? [];
    if (shown !== "hex") line(zeroColour, words.zero);
    let low = 0;
    breaks.forEach((bound, i) => {
      const whole = ["n", "overdue"].includes(shown);
      if (whole && bound === 0) return;
      const from = whole ? Math.floor(low) + 1 : low, to = whole ? Math.round(bound) : bound;
      line((shown === "hex" ? RAMPS.blue : ramp(shown))[i], whole ? (from >= to ? number(to) : `${number(from)}–${number(to)}`) : `${i ? number(low) : "0"} – ${number(bound)}`);
      low = bound;
    });
  }
  if (["per_km2", "per_1000", "hot"].includes(shown)) line("", said(words, "hatched", small), "hatch");
  if (state.show.includes("events")) {
    line(POINTS.u1, words.u1, "dot"), line(POINTS.u2, words.u2, "dot"), line(POINTS.open, words.open_event, "dot"), line(POINTS.done, words.done_event, "dot");
  }
  const title = shown === "hex" ? words.hexagons : words[`title_${shown}`];
  return rows.length ? `<h2>${title}</h2>${rows.join("")}` : "";
}

// --- table ----------------------------------------------------------------------------------------------------
export function columns(state, words, isDouble) {
  const more = { per_1000: ["per_1000"], overdue: [], hot: ["per_km2", "hot"] }[state.fill] ?? ["per_km2"];
  const found = [["code", words.code], ["n", state.fill === "overdue" ? words.overdue : words.n], ...more.map((name) => [name, words[name]])];
  return isDouble ? [...found.slice(0, 2), ["other", words.other], ["change", words.change]] : found;
}

export function rows(told, other) {
  if (!other) return told.items;
  const second = new Map(other.items.map((one) => [one.code, one.n]));
  return told.items.map((one) => ({ ...one, other: second.get(one.code) ?? null, change: second.has(one.code) ? one.n - second.get(one.code) : null }));
}

export function table(pane, list, { names, sort, words, towns, small, here, isDouble }) {
  const head = pane.querySelector("thead tr"), body = pane.querySelector("tbody");
  head.replaceChildren(...names.map(([name, label]) => {
    const th = document.createElement("th");
    th.scope = "col";
    if (sort.by === name) th.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
    const button = document.createElement("button");
    button.type = "button", button.dataset.sort = name, button.textContent = label;
    th.append(button);
    return th;
  }));
  const key = (one) => (sort.by === "code" ? one.code : (one[sort.by] ?? -Infinity));
  const sorted = [...list].sort((a, b) => (key(a) < key(b) ? 1 : key(a) > key(b) ? -1 : a.code < b.code ? -1 : 1) * (sort.down ? 1 : -1));
  body.replaceChildren(...sorted.slice(0, TOP).map((one) => line(one, { names, words, towns, small, here, isDouble })));
  const more = pane.querySelector(".more");
  more.hidden = sorted.length <= TOP;
  more.textContent = said(words, "more", TOP);
}

function line(one, { names, words, towns, small, here }) {
  const row = document.createElement("tr");
  row.dataset.code = one.code;
  row.classList.toggle("few", one.n > 0 && one.n < small);
  row.classList.toggle("here", one.code === here);
  for (const [name] of names) {
    const cell = document.createElement("td");
    if (name === "code") {
      const button = document.createElement("button");
      button.type = "button", button.className = "plain";
      button.textContent = one.name || one.code;
      const small_ = document.createElement("small");
      small_.textContent = `${one.code.slice(-6)} · ${towns[one.township_code] ?? one.township_code ?? ""}`;
      cell.append(button, small_);
    } else {
      cell.className = "n";
      cell.textContent = name === "hot" ? (one.hot === undefined ? "—" : words[`hot${one.hot}`]) : name === "change" ? signed(one.change) : number(one[name]);
      if (name === "change" && one.change) cell.classList.add(one.change > 0 ? "up" : "down");
    }
    row.append(cell);
  }
  return row;
}
const signed = (value) => (value == null ? "—" : value > 0 ? `+${value}` : value < 0 ? `−${-value}` : "0");

export function sum(told, other, words) {
  const counted = told.items.length;
  const parts = [`<strong>${number(told.total)}</strong>`, said(words, "grids", counted)];
  if (told.outside) parts.push(said(words, "outside", number(told.outside)));
  if (other) parts.push(`${words.other} ${number(other.total)}（${signed(told.total - other.total)}）`);
  return parts.join(" · ").replace("</strong> ·", `</strong> ${words.events} ·`);
}

// --- file -----------------------------------------------------------------------------------------------------
const safe = (value) => {
  const text = value == null ? "" : String(value);
  const guarded = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
};

export function csv(list, told, { words, towns, small, about, isDouble }) {
  const names = ["code", "name", "township", "n", "area", "per_km2", "residents", "per_1000", "hot", "z", "few", ...(isDouble ? ["other", "change"] : [])];
  const value = {
    township: (one) => towns[one.township_code] ?? one.township_code, area: (one) => one.area_km2,
    hot: (one) => (one.hot === undefined ? "" : words[`hot${one.hot}`]), few: (one) => (one.n > 0 && one.n < small ? words.few : ""),
  };
  const lines = [about, names.map((name) => words[name]), ...list.map((one) => names.map((name) => (value[name] ?? ((it) => it[name]))(one)))];
  if (told.outside) lines.push(["", said(words, "outside", told.outside), "", told.outside]);
  return "\ufeff" + lines.map((cells) => cells.map(safe).join(",")).join("\r\n") + "\r\n";
}
export { classOf };
