// Sources and layers of a map, and the colours of its grids: everything MapLibre draws.

export const RAMPS = {
  blue: ["#dcebf5", "#a9cfe6", "#6aa9d0", "#2f7db3", "#12446f"],
  red: ["#fde3d8", "#f9b49b", "#ee7a5c", "#cf3d28", "#8a160f"],
};
const ZERO = "#f7f9f8";
const HOT = { 3: "#b2182b", 2: "#e0684f", 1: "#f7b799", 0: "#f4f5f3", "-1": "#b3d3e8", "-2": "#5a9fcb", "-3": "#2166ac" };
export const hotColour = (level) => HOT[level];
export const ramp = (fill) => RAMPS[fill === "overdue" ? "red" : "blue"];
export const zeroColour = ZERO;

const state = (name, otherwise) => ["coalesce", ["feature-state", name], otherwise];
const FAR = 13.4; // from here on grids have room for their number
const tile = (query) => `${location.origin}/api/v1/maps/tiles/{z}/{x}/{y}.mvt?${query}`;

export function style(begin, colours, events) {
  const base = begin.base.map((source, i) => [`base-${i}`, source]);
  const absolute = (source) => ({ ...source, tiles: source.tiles.map((one) => (one.startsWith("/") ? location.origin + one : one)) });
  return {
    version: 8,
    sources: {
      ...Object.fromEntries(base.map(([name, source]) => [name, absolute(source)])),
      grids: { type: "vector", tiles: [tile(`layers=outlines&layers=labels&v=${begin.edition}`)], minzoom: 7, maxzoom: 16, promoteId: { outlines: "code" } },
      events: { type: "vector", tiles: events, minzoom: 7, maxzoom: 18 },
      hexagons: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
    },
    layers: [
      { id: "paper", type: "background", paint: { "background-color": colours.paper } },
      ...base.map(([name]) => ({ id: name, type: "raster", source: name })),
      { id: "fill", type: "fill", source: "grids", "source-layer": "outlines", paint: { "fill-color": colour(RAMPS.blue), "fill-opacity": begin.base.length ? 0.66 : 0.92, "fill-antialias": false } },
      { id: "hexagons", type: "fill", source: "hexagons", layout: { visibility: "none" }, paint: { "fill-color": ["match", ["get", "class"], ...RAMPS.blue.flatMap((one, i) => [i, one]), ZERO], "fill-opacity": 0.78, "fill-outline-color": "#ffffff" } },
      { id: "heat", type: "heatmap", source: "events", "source-layer": "heat", layout: { visibility: "none" }, paint: heat() },
      { id: "lines", type: "line", source: "grids", "source-layer": "outlines", paint: { "line-color": colours.line, "line-width": ["interpolate", ["linear"], ["zoom"], 9, 0.3, 13, 0.9, 16, 1.6] } },
      { id: "over", type: "line", source: "grids", "source-layer": "outlines", paint: { "line-color": colours.ink, "line-width": ["case", ["boolean", ["feature-state", "here"], false], 3, ["boolean", ["feature-state", "over"], false], 1.6, 0] } },
      { id: "names", type: "symbol", source: "grids", "source-layer": "labels", minzoom: FAR, layout: { visibility: "none", "text-field": ["slice", ["get", "code"], 9], "text-size": 11, "text-font": ["sans-serif"] }, paint: { "text-color": "#1b2126", "text-halo-color": "#ffffffcc", "text-halo-width": 1.4 } },
      { id: "clusters", type: "circle", source: "events", "source-layer": "events", filter: ["has", "n"], paint: { "circle-color": "#37424b", "circle-opacity": 0.74, "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.2, "circle-radius": ["interpolate", ["linear"], ["ln", ["get", "n"]], 0, 8, 3, 11, 6, 16, 10, 24] } },
      { id: "cluster-counts", type: "symbol", source: "events", "source-layer": "events", filter: ["has", "n"], layout: { "text-field": short(), "text-size": 11, "text-font": ["sans-serif"], "text-allow-overlap": true }, paint: { "text-color": "#ffffff" } },
      { id: "points", type: "circle", source: "events", "source-layer": "events", filter: ["!", ["has", "n"]], paint: { "circle-color": points(), "circle-radius": ["interpolate", ["linear"], ["zoom"], 13, 4, 17, 8], "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.2 } },
    ],
  };
}

function short() {
  const n = ["get", "n"];
  return ["case", [">=", n, 10000], ["concat", ["to-string", ["round", ["/", n, 10000]]], "万"], ["to-string", n]];
}

export const POINTS = { u1: "#c5281a", u2: "#d98a00", open: "#17629c", done: "#9aa3a9" };
const DONE = ["closed", "rejected", "merged", "converted", "void"];
const points = () => ["case", ["in", ["get", "state"], ["literal", DONE]], POINTS.done, ["==", ["get", "urgency"], "U1"], POINTS.u1, ["==", ["get", "urgency"], "U2"], POINTS.u2, POINTS.open];

function heat() {
  return {
    "heatmap-weight": ["interpolate", ["linear"], ["ln", ["coalesce", ["get", "n"], 1]], 0, 0.25, 5, 1],
    "heatmap-radius": ["interpolate", ["linear"], ["zoom"], 8, 10, 11, 26, 13, 44, 17, 60],
    "heatmap-intensity": ["interpolate", ["linear"], ["zoom"], 8, 0.7, 11, 0.9, 13, 1.2, 17, 1.8],
    "heatmap-opacity": 0.72,
    "heatmap-color": ["interpolate", ["linear"], ["heatmap-density"], 0, "rgba(255,255,255,0)", 0.15, "#fde3a8", 0.4, "#f4a259", 0.7, "#d1495b", 1, "#7b1e3c"],
  };
}

const colour = (colours) => ["match", state("k", -9), -1, ZERO, ...colours.flatMap((one, i) => [i, one]), "rgba(0,0,0,0)"];
const hot = () => ["match", state("k", -9), ...Object.entries(HOT).flatMap(([level, one]) => [Number(level) + 10, one]), "rgba(0,0,0,0)"];

export function dress(map, fill, show) {
  map.setPaintProperty("fill", "fill-color", fill === "hot" ? hot() : colour(ramp(fill)));
  const visible = { fill: fill !== "none" && !show.includes("hex"), hatch: !["none", "n", "overdue"].includes(fill) && !show.includes("hex"), hexagons: show.includes("hex"), heat: show.includes("heat"), names: show.includes("names"), clusters: show.includes("events"), "cluster-counts": show.includes("events"), points: show.includes("events") };
  for (const [id, on] of Object.entries(visible)) map.setLayoutProperty(id, "visibility", on ? "visible" : "none");
}

function hatching() {
  const side = 12, data = new Uint8Array(side * side * 4);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) if ((x + y) % 6 === 0) data.set([40, 48, 54, 170], (y * side + x) * 4);
  return { width: side, height: side, data };
}

// A pattern must be there before the layer that is filled with it.
export function hatch(map) {
  map.addImage("hatch", hatching(), { pixelRatio: 2 });
  map.addLayer({ id: "hatch", type: "fill", source: "grids", "source-layer": "outlines", layout: { visibility: "none" }, paint: { "fill-pattern": "hatch", "fill-opacity": state("few", 0) } }, "hexagons");
}

export const eventTiles = (query, bump, show) => {
  const wanted = ["events", "heat"].filter((layer) => show.includes(layer));
  for (const layer of wanted.length ? wanted : ["events"]) query.append("layers", layer);
  query.set("v", bump);
  return [tile(query.toString())];
};

// The class of a value: −1 nothing, else 0 … 4; above the last break counts to the last class.
export function classOf(value, breaks) {
  if (!value) return -1;
  const found = breaks.findIndex((bound) => value <= bound);
  return found < 0 ? breaks.length - 1 : found;
}

export function paint(map, items, { fill, breaks, small }, painted) {
  const fresh = new Set();
  for (const item of items) {
    const value = item[fill === "overdue" ? "n" : fill];
    const k = fill === "hot" ? (item.hot === undefined ? -9 : item.hot + 10) : value == null ? -9 : classOf(value, breaks);
    const few = item.n > 0 && item.n < small ? 1 : 0;
    map.setFeatureState({ source: "grids", sourceLayer: "outlines", id: item.code }, { k, few });
    fresh.add(item.code);
  }
  for (const code of painted) if (!fresh.has(code)) map.setFeatureState({ source: "grids", sourceLayer: "outlines", id: code }, { k: -9, few: 0 });
  return fresh;
}
