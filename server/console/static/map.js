// The map page: state ↔ address ↔ map, table and time axis. One question at a time; the newest wins; nothing blocks.
import { askAtTheDoor, note, request } from "./frame.js";
import { live } from "./live.js";
import { picture, save } from "./map_export.js";
import * as L from "./map_layers.js";
import * as N from "./map_numbers.js";
import * as S from "./map_state.js";
import { pointing } from "./map_point.js";
import { tab } from "./map_tabs.js";
import { axis } from "./map_time.js";
import * as W from "./map_whistles.js";

const desk = document.getElementById("map-page");
const begin = JSON.parse(desk.dataset.begin);
const words = JSON.parse(document.getElementById("map-words").innerHTML.replaceAll("&amp;", "&").replaceAll("&lt;", "<").replaceAll("&gt;", ">"));
words.names = { ...Object.fromEntries(begin.units.map((one) => [one.code, one.zh])), ...begin.kinds, ...begin.whistleStates };
const towns = Object.fromEntries(begin.townships.map((one) => [one.code, one.zh]));
const state = S.fromAddress(location.search, begin);
const $ = (id) => document.getElementById(id);
const form = $("filters");
const sort = { by: "n", down: true };
const { Map, Marker, NavigationControl, ScaleControl, Popup } = await import(desk.dataset.map);

// --- colours of the page, as numbers MapLibre understands --------------------------------------------------------
function colours() {
  const probe = document.body.appendChild(document.createElement("i"));
  const read = (name) => ((probe.style.color = `var(--${name})`), getComputedStyle(probe).color);
  const found = { paper: read("paper"), sheet: read("sheet"), ink: read("ink"), soft: read("soft"), line: read("line-firm") };
  probe.remove();
  return found;
}

// --- maps -------------------------------------------------------------------------------------------------------
const halves = [];
const first = L.eventTiles(S.query(state), 1, state.show); // asked for with the outlines, not after the numbers
function half(id, view) {
  const map = new Map({
    container: id, style: L.style(begin, colours(), first), attributionControl: begin.base.length ? { compact: true } : false,
    localIdeographFontFamily: getComputedStyle(document.body).fontFamily, dragRotate: false, pitchWithRotate: false, touchPitch: false,
    minZoom: 8, maxZoom: 18, fadeDuration: 0, ...view, locale: { "NavigationControl.ZoomIn": words.zoom_in, "NavigationControl.ZoomOut": words.zoom_out, "Map.Title": words.map },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({ maxWidth: 90 }), "bottom-right");
  const one = { map, painted: new Set(), title: "", ready: new Promise((resolve) => map.once("load", () => (L.hatch(map), resolve()))) };
  const far = () => map.getContainer().classList.toggle("far", map.getZoom() < 12.6);
  map.on("zoom", far), far();
  map.on("error", ({ error }) => {
    if (error?.status === 401) askAtTheDoor(() => location.reload());
    else if (error?.status >= 400 && error.status !== 404) failed(error);
  });
  halves.push(one);
  return one;
}

function firstView() {
  const [lon, lat, zoom] = state.view.split(",").map(Number);
  if (state.view && [lon, lat, zoom].every(Number.isFinite)) return { center: [lon, lat], zoom };
  return { bounds: bounds(), fitBoundsOptions: { padding: padding(Boolean(state.cmp)) } };
}
function bounds() {
  const [west, south, east, north] = begin.bounds ?? [114.5, 23.5, 114.8, 23.9];
  return [[west, south], [east, north]];
}
const padding = (isHalf) => (innerWidth <= 900 ? 24 : isHalf ? { left: 120, right: 16, top: 60, bottom: 50 } : { left: 200, right: 24, top: 50, bottom: 40 });
const main = half("map", firstView());
let second = null;

// --- numbers ------------------------------------------------------------------------------------------------------
let told = null, other = null, hexed = null, asking = null, bump = 1, referred = null;

async function draw(why = "all") {
  asking?.abort();
  const turn = (asking = new AbortController());
  $("failed").hidden = true;
  const slow = setTimeout(() => ($("busy").hidden = false), 250);
  try {
    const days = S.period(state);
    const [found, second_] = await Promise.all([N.density(state, days, turn.signal), state.cmp ? N.density(state, state.cmp.split("~"), turn.signal) : null, main.ready]);
    if (turn.signal.aborted) return;
    [told, other] = [found, second_];
    paintAll(time.isPlaying() && referred ? referred : told.breaks);
    if (state.show.includes("hex")) await drawHexagons(turn.signal);
    eventLayer(why);
    main.map.once("idle", () => performance.mark("map-drawn"));
    describe();
    if (why === "all" || why === "live") await time.load(turn.signal);
    document.documentElement.dataset.mapReady = String(bump);
  } catch (error) {
    if (error.name === "AbortError") return;
    failed(error);
  } finally {
    clearTimeout(slow);
    if (asking === turn) $("busy").hidden = true;
  }
}

function paintAll(breaks) {
  const how = { fill: state.fill, breaks, small: begin.small };
  main.painted = L.paint(main.map, told.items, how, main.painted);
  if (second && other) second.painted = L.paint(second.map, other.items, how, second.painted);
  for (const one of halves) L.dress(one.map, state.fill, one === main ? state.show : state.show.filter((layer) => layer === "names"));
}

async function drawHexagons(signal) {
  hexed = await N.hexagons(state, S.period(state), main.map.getZoom(), signal);
  main.map.getSource("hexagons").setData(hexed.data);
}

let tiled = first[0];
function eventLayer(why) {
  if (!state.show.includes("events") && !state.show.includes("heat")) return;
  if (why === "live") bump += 1;
  const urls = L.eventTiles(S.query(state), bump, state.show);
  if (urls[0] !== tiled) main.map.getSource("events").setTiles(urls), ($("failed").hidden = true); // what failed was asked before
  tiled = urls[0];
}

function failed(error) {
  const box = $("failed");
  if (!box.hidden && !(error instanceof N.Refused)) return; // a tile fails for the same reason, and says less
  box.hidden = false;
  [box.querySelector("p").textContent, box.querySelector("button").textContent] = N.trouble(error, words, form);
  box.querySelector("button").onclick = () => (error.fields?.length ? $("clear").click() : draw());
}

// --- what is said beside the map ---------------------------------------------------------------------------------
const dates = ([from, to]) => (from === to ? from : `${from} — ${to}`);
function describe() {
  const names = N.columns(state, words, Boolean(other));
  if (!names.some(([name]) => name === sort.by)) sort.by = "n";
  N.table($("pane-table"), N.rows(told, other), { names, sort, words, towns, small: begin.small, here: state.grid, isDouble: Boolean(other) });
  $("sum").innerHTML = N.sum(told, other, words);
  $("legend").innerHTML = N.legend(state, told, begin.small, words, hexed);
  main.title = `${words[`title_${state.fill}`]} · ${dates(S.period(state))}`;
  $("title-a").textContent = main.title;
  if (second) $("title-b").textContent = second.title = `${words[`title_${state.fill}`]} · ${dates(state.cmp.split("~"))}`;
  $("title-a").hidden = !second;
  $("chosen").textContent = chosen();
  point.numbersOfGrid();
}
const option = (name) => form.elements[name].selectedOptions[0]?.textContent.trim();
const chosen = () => [dates(S.period(state)), ...["category", "urgency", "state", "township", "unit"].filter((name) => state[name]).map(option), state.overdue ? words.overdue : ""].filter(Boolean).join(" · ");

// --- address -------------------------------------------------------------------------------------------------------
function keep() {
  history.replaceState(null, "", S.toAddress(state, begin));
}
function fillIn() {
  for (const name of ["from", "to", "category", "urgency", "state", "township", "unit"]) form.elements[name].value = state[name];
  form.elements.overdue.checked = state.overdue === "true";
  for (const one of document.querySelectorAll("[name=fill]")) one.checked = one.value === state.fill;
  for (const one of document.querySelectorAll("[name=show]")) one.checked = state.show.includes(one.value);
  for (const one of document.querySelectorAll("[data-days]")) one.setAttribute("aria-pressed", String(state.to === begin.today && S.between(state.from, state.to) === Number(one.dataset.days)));
  $("scheme").value = state.scheme;
  [$("from-b").value, $("to-b").value] = state.cmp ? state.cmp.split("~") : ["", ""];
  $("compare").setAttribute("aria-pressed", String(Boolean(state.cmp)));
}
function changed(why = "all") {
  fillIn();
  keep();
  return draw(why);
}

form.addEventListener("change", () => {
  const from = form.elements.from.value || state.from, to = form.elements.to.value || state.to;
  if (from !== state.from || to !== state.to) Object.assign(state, { from: from < to ? from : to, to: from < to ? to : from, at: "" });
  for (const name of ["category", "urgency", "state", "township", "unit"]) state[name] = form.elements[name].value;
  state.overdue = form.elements.overdue.checked ? "true" : "";
  time.stop();
  changed();
});
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("click", (event) => {
  const days = Number(event.target.dataset.days);
  if (days) Object.assign(state, { from: S.later(begin.today, 1 - days), to: begin.today, at: "" }), changed();
});
$("clear").addEventListener("click", () => {
  Object.assign(state, S.defaults(begin), { view: state.view, fill: state.fill, show: state.show, grid: state.grid });
  changed();
});
document.querySelector(".map-layers").addEventListener("change", (event) => {
  if (event.target.name === "fill") (state.fill = event.target.value), (sort.by = ["n", "overdue", "none"].includes(state.fill) ? "n" : state.fill), (sort.down = true);
  if (event.target.name === "show") state.show = [...document.querySelectorAll("[name=show]:checked")].map((one) => one.value);
  if (event.target.id === "scheme") state.scheme = event.target.value;
  changed("layers");
  showWhistles();
});
if (innerWidth <= 900) for (const one of document.querySelectorAll(".map-filters, .map-layers")) one.open = false;

// --- time ----------------------------------------------------------------------------------------------------------
const time = axis(state, words, async (why) => {
  keep();
  if (why === "play") referred = await N.busiest(state);
  if (why === "period") referred = null;
  return draw(why);
});

// --- two periods -----------------------------------------------------------------------------------------------------
function follow(leader, follower) {
  const move = () => {
    if (follower.moving) return;
    leader.moving = true;
    follower.map.jumpTo({ center: leader.map.getCenter(), zoom: leader.map.getZoom() });
    leader.moving = false;
  };
  leader.map.on("move", move);
}
async function compare() {
  $("half-b").hidden = !state.cmp;
  document.querySelector(".map-time .other").hidden = !state.cmp;
  main.map.resize();
  if (begin.bounds && main.map.getZoom() < 11.5) main.map.fitBounds(bounds(), { padding: padding(Boolean(state.cmp)), duration: 0 });
  if (state.cmp && !second) {
    second = half("map-b", { center: main.map.getCenter(), zoom: main.map.getZoom() });
    await second.ready;
    follow(main, second), follow(second, main);
    point.wire(second);
  }
  if (!state.cmp && second) second.map.remove(), halves.pop(), (second = null), (other = null);
}
$("compare").addEventListener("click", async () => {
  const [from, to] = S.period(state), days = S.between(from, to);
  state.cmp = state.cmp ? "" : `${S.later(from, -days)}~${S.later(from, -1)}`;
  await compare();
  changed();
});
for (const id of ["from-b", "to-b"])
  $(id).addEventListener("change", () => {
    const days = [$("from-b").value, $("to-b").value].sort();
    if (days.every(Boolean)) (state.cmp = days.join("~")), changed();
  });

// --- pointing at grids -------------------------------------------------------------------------------------------------
const point = pointing({ halves, main, state, words, begin, Popup, keep, draw, tab, told: () => told, other: () => other });
const { choose } = point;

// --- table and tabs -------------------------------------------------------------------------------------------------------
$("pane-table").addEventListener("click", (event) => {
  const by = event.target.closest("[data-sort]")?.dataset.sort;
  if (by) Object.assign(sort, { down: sort.by === by ? !sort.down : by !== "code", by }), describe(), $("pane-table").querySelector(`[data-sort="${by}"]`).focus();
  const row = event.target.closest("tr[data-code]");
  if (row) choose(row.dataset.code, true);
});

// --- whistles ----------------------------------------------------------------------------------------------------------------
const hushes = begin.mayWhistles ? W.whistles(main.map, Marker, words, (id) => (tab("whistles"), listWhistles(id))) : null;
async function showWhistles(isFresh = false) {
  if (!hushes) return;
  if (isFresh || !hushes.loaded) {
    const answer = await request("/api/v1/maps/whistles").catch(() => null);
    if (!answer?.ok) return;
    hushes.loaded = (await answer.json()).items;
  }
  hushes.show(hushes.loaded.filter((one) => !state.township || one.township_code === state.township), state.show.includes("whistles"));
  listWhistles();
}
let whistled = "";
function listWhistles(id = whistled) {
  whistled = id;
  const items = hushes.items();
  $("whistle-count").textContent = items.length || "";
  W.list($("pane-whistles"), items, words, { here: id, seen: (one) => main.map.easeTo({ center: [one.lon, one.lat], zoom: Math.max(14, main.map.getZoom()) }) });
  if (id) $("pane-whistles").querySelector(".here")?.scrollIntoView({ block: "nearest" });
}
setInterval(() => hushes?.loaded && document.visibilityState === "visible" && showWhistles(), 15_000);

// --- tools -------------------------------------------------------------------------------------------------------------------
const stamp = () => new Date().toLocaleString("zh-CN", { hour12: false });
$("png").addEventListener("click", async () => {
  const blob = await picture(halves, $("legend"), { title: `${begin.district} · ${words[`title_${state.fill}`]}`, lines: chosen(), foot: `${$("sum").textContent} · ${words.made} ${stamp()}`, whistles: state.show.includes("whistles") && hushes ? hushes.items() : [], colours: colours() });
  save(blob, `map-${S.period(state).join("_")}.png`);
});
$("csv").addEventListener("click", () => {
  const about = [`${begin.district} ${words[`title_${state.fill}`]}`, chosen(), `${words.made} ${stamp()}`];
  save(new Blob([N.csv(N.rows(told, other), told, { words, towns, small: begin.small, about, isDouble: Boolean(other) })], { type: "text/csv" }), `map-${S.period(state).join("_")}.csv`);
});
$("link").addEventListener("click", async () => {
  keep();
  await navigator.clipboard?.writeText(location.href).catch(() => {});
  note(words.copied);
});

// --- live -------------------------------------------------------------------------------------------------------------------
desk.addEventListener("refresh", async () => {
  if (!time.isPlaying()) {
    N.forget();
    await Promise.all([draw("live"), showWhistles(true)]);
  }
  desk.dispatchEvent(new CustomEvent("htmx:finally:request"));
  desk.dispatchEvent(new CustomEvent("htmx:after:swap"));
});
live(desk, { heard: (action, line) => action === "event.report" && line.no && note(words.new_event.replace("{no}", line.no), "good", 4000) });

// --- begin --------------------------------------------------------------------------------------------------------------------
fillIn();
if (state.cmp) await compare();
showWhistles();
await draw();
if (state.grid) choose(state.grid, false);
