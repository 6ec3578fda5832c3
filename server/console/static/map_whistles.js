// Open whistles on the map: a ring per whistle, a dot per department that comes nearer as its expected time does.
import { now } from "./frame.js";

const NS = "http://www.w3.org/2000/svg";
const FAR = 26, NEAR = 11;
const MARKERS_MAX = 80;
const time = (iso) => new Date(iso).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });

// How far a department has come, 0 … 1, by its own records: responded, expected, arrived.
export function progress(one) {
  if (one.phase === "there") return 1;
  if (one.phase !== "coming" || !one.responded_at || !one.expected_at) return 0;
  const begun = Date.parse(one.responded_at), due = Date.parse(one.expected_at);
  return due > begun ? Math.min(0.92, Math.max(0.05, (now() - begun) / (due - begun))) : 0.5;
}

function svg(name, attributes) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function drawn(whistle, words) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = `hush${whistle.kind_code === "EMERGENCY" ? " hot" : ""}`;
  const there = whistle.departments.filter((one) => one.phase === "there").length;
  button.setAttribute("aria-label", `${words.names[whistle.kind_code]} ${whistle.no}, ${words.there} ${there}/${whistle.departments.length}`);
  const root = svg("svg", { viewBox: "-32 -32 64 64", "aria-hidden": "true" });
  root.append(svg("circle", { class: "ring", r: FAR }));
  const n = whistle.departments.length;
  const dots = whistle.departments.map((one, i) => {
    const angle = (2 * Math.PI * i) / n - Math.PI / 2;
    const away = FAR - (FAR - NEAR) * progress(one);
    const [x, y] = [Math.cos(angle), Math.sin(angle)];
    root.append(svg("line", { class: "spoke", x1: x * NEAR, y1: y * NEAR, x2: x * FAR, y2: y * FAR }));
    const dot = svg("circle", { class: `phase-${one.phase}`, cx: x * away, cy: y * away, r: 4.5 });
    const title = svg("title", {});
    title.textContent = `${words.names[one.unit.code] ?? one.unit.zh} ${words[one.phase]}`;
    dot.append(title);
    return dot;
  });
  root.append(svg("circle", { class: "core", r: 9 }), ...dots);
  const label = svg("text", {});
  label.textContent = n ? `${there}/${n}` : "哨";
  label.setAttribute("style", "font-size:8.5px");
  root.append(label);
  button.append(root);
  return button;
}

export function whistles(map, Marker, words, chosen) {
  let markers = [], items = [];
  function show(found, visible) {
    for (const one of markers) one.remove();
    items = found;
    markers = visible ? found.slice(0, MARKERS_MAX).map((whistle) => {
      const element = drawn(whistle, words);
      element.addEventListener("click", (event) => (event.stopPropagation(), chosen(whistle.id)));
      return new Marker({ element }).setLngLat([whistle.lon, whistle.lat]).addTo(map);
    }) : [];
  }
  return { show, items: () => items };
}

export function list(pane, items, words, { here, seen }) {
  if (!items.length) {
    const none = document.createElement("p");
    none.className = "empty", none.textContent = words.no_whistles;
    return pane.replaceChildren(none);
  }
  const all = document.createElement("ul");
  all.className = "hushes";
  all.append(...items.map((one) => entry(one, words, here, seen)));
  pane.replaceChildren(all);
}

function entry(whistle, words, here, seen) {
  const item = document.createElement("li");
  item.dataset.id = whistle.id;
  item.classList.toggle("here", whistle.id === here);
  const head = document.createElement("div");
  head.className = "head-line";
  const link = Object.assign(document.createElement("a"), { href: `/cases/whistle/${whistle.id}`, className: "no", textContent: whistle.no });
  const kind = Object.assign(document.createElement("span"), { className: `chip ${whistle.kind_code === "EMERGENCY" ? "firm" : "blue"}`, textContent: words.names[whistle.kind_code] });
  const state = Object.assign(document.createElement("small"), { textContent: words.names[whistle.state.code] });
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: words.show });
  button.addEventListener("click", () => seen(whistle));
  head.append(link, kind, state, button);
  const units = document.createElement("ul");
  units.className = "units";
  units.append(...whistle.departments.map((one) => department(one, words)));
  item.append(head, units);
  return item;
}

function department(one, words) {
  const line = document.createElement("li");
  const dot = Object.assign(document.createElement("i"), { className: `phase-${one.phase}` });
  const told = one.arrived_at ? `${words.arrived} ${time(one.arrived_at)}` : one.phase === "coming" && one.expected_at ? `${words.expected} ${time(one.expected_at)}` : "";
  const more = Object.assign(document.createElement("small"), { textContent: `${words[one.phase]}${one.late ? `（${words.late}）` : ""}${told ? ` · ${told}` : ""}` });
  line.append(dot, Object.assign(document.createElement("span"), { textContent: one.unit.zh }), more);
  return line;
}
