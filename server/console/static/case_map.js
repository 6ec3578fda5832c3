// A small map: the outlines of the grids, the grid of the case, a pin.
import { askAtTheDoor, words } from "./frame.js";
import * as maplibregl from "./vendor/maplibre-gl.mjs";

const colour = (name) => {
  const probe = document.createElement("i");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const rgb = getComputedStyle(probe).color;
  probe.remove();
  return rgb;
};

export function draw(box) {
  const at = [Number(box.dataset.lon), Number(box.dataset.lat)];
  const tiles = [`${location.origin}/api/v1/maps/tiles/{z}/{x}/{y}.mvt?layers=outlines`];
  const map = new maplibregl.Map({
    container: box,
    center: at,
    zoom: 14.5,
    attributionControl: false,
    cooperativeGestures: false,
    localIdeographFontFamily: "sans-serif",
    canvasContextAttributes: { preserveDrawingBuffer: true },
    style: {
      version: 8,
      sources: { grids: { type: "vector", tiles, maxzoom: 15 } },
      layers: [
        { id: "paper", type: "background", paint: { "background-color": colour("tint") } },
        { id: "own", type: "fill", source: "grids", "source-layer": "outlines", filter: ["==", ["get", "code"], box.dataset.grid], paint: { "fill-color": colour("blue"), "fill-opacity": 0.14 } },
        { id: "lines", type: "line", source: "grids", "source-layer": "outlines", paint: { "line-color": colour("line-firm"), "line-width": 1 } },
      ],
    },
  });
  new maplibregl.Marker({ color: colour("red") }).setLngLat(at).addTo(map);
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }));
  map.on("error", ({ error }) => {
    if (error?.status === 401) resting(box, map);
    else if (error?.status !== undefined) box.dataset.failed = "yes"; // a tile that did not come: the next move asks again
    else console.error(error?.message ?? String(error));
  });
  map.on("idle", () => (box.dataset.ready = "yes"));
}

// The session ended: nothing more is asked for, the map says so, and stands there again once somebody signed in.
function resting(box, map) {
  if (box.dataset.ended) return;
  box.dataset.ended = "yes";
  map.remove();
  delete box.dataset.ready;
  const again = document.createElement("button");
  again.type = "button";
  again.textContent = words.ended;
  again.addEventListener("click", () => askAtTheDoor());
  box.replaceChildren(again);
  document.addEventListener("signed-in", () => {
    delete box.dataset.ended;
    box.replaceChildren();
    draw(box);
  }, { once: true });
}
