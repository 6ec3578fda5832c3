// Pointing at the map: what lies under the pointer, the grid that is chosen, its card beside the map.
import { request } from "./frame.js";
import { number, resolution } from "./map_numbers.js";

const SOURCE = { source: "grids", sourceLayer: "outlines" };

export function pointing({ halves, main, state, words, begin, Popup, told, other, keep, draw, tab }) {
  const $ = (id) => document.getElementById(id);
  const popup = new Popup({ closeButton: false, closeOnClick: false, offset: 12, maxWidth: "260px" });
  const flag = (code, name, on) => code && halves.forEach(({ map }) => map.getSource("grids") && map.setFeatureState({ ...SOURCE, id: code }, { [name]: on }));
  let over = "";

  function hover(event) {
    const map = event.target;
    const [point] = map.queryRenderedFeatures(event.point, { layers: ["points", "clusters"] });
    const [grid] = map.queryRenderedFeatures(event.point, { layers: ["fill", "over"] });
    map.getCanvas().style.cursor = point || grid ? "pointer" : "";
    const code = grid?.properties.code ?? "";
    if (code !== over) flag(over, "over", false), flag(code, "over", true), (over = code);
    if (!point && !grid) return popup.remove();
    popup.setLngLat(event.lngLat).setDOMContent(hint(point, code, map)).addTo(map);
  }

  function hint(point, code, map) {
    const box = document.createElement("div");
    const say = (text, weight) => box.append(Object.assign(document.createElement("p"), { textContent: text, style: weight ? "font-weight:600" : "" }));
    const numbers = (map === main.map ? told() : other())?.items.find((one) => one.code === code);
    if (point && !point.properties.n) say(point.properties.no, true), say(`${point.properties.urgency} · ${begin.categories[point.properties.category] ?? ""} · ${begin.states[point.properties.state] ?? ""}`);
    else if (code) {
      say(numbers?.name || code, true);
      if (numbers) say(`${words.n} ${number(numbers.n)} · ${words.per_km2} ${number(numbers.per_km2)}${numbers.per_1000 != null ? ` · ${words.per_1000} ${number(numbers.per_1000)}` : ""}`);
      if (numbers?.hot !== undefined) say(`${words.hot}：${words[`hot${numbers.hot}`]}（z ${numbers.z}）`);
      if (numbers && numbers.n > 0 && numbers.n < begin.small && !["n", "overdue"].includes(state.fill)) say(words.few);
      if (!numbers) say(words.none);
    }
    return box;
  }

  function click(event) {
    const map = event.target;
    const [point] = map.queryRenderedFeatures(event.point, { layers: ["points"] });
    if (point) return void open(`/cases/event/${point.properties.id}`, "_blank", "noopener");
    const [cluster] = map.queryRenderedFeatures(event.point, { layers: ["clusters"] });
    if (cluster && !cluster.properties.code) return map.easeTo({ center: event.lngLat, zoom: map.getZoom() + 1.5 });
    const [grid] = map.queryRenderedFeatures(event.point, { layers: ["fill", "over"] });
    if (grid) choose(grid.properties.code, false);
  }

  function wire(one) {
    one.map.on("mousemove", hover);
    one.map.on("mouseout", () => (popup.remove(), flag(over, "over", false), (over = "")));
    one.map.on("click", click);
  }

  let cells = 0;
  main.map.on("moveend", () => {
    const { lng, lat } = main.map.getCenter();
    state.view = `${lng.toFixed(5)},${lat.toFixed(5)},${main.map.getZoom().toFixed(2)}`;
    keep();
    const before = cells;
    cells = resolution(main.map.getZoom());
    if (before && before !== cells && state.show.includes("hex")) draw("layers");
  });

  async function choose(code, goThere) {
    flag(state.grid, "here", false);
    state.grid = code;
    flag(code, "here", true);
    keep();
    for (const row of document.querySelectorAll("#pane-table tr[data-code]")) row.classList.toggle("here", row.dataset.code === code);
    if (goThere) goTo(code);
    tab("grid");
    const answer = await request(`/map/grids/${encodeURIComponent(code)}`).catch(() => null);
    if (state.grid !== code) return;
    const pane = $("pane-grid");
    if (answer?.ok) pane.innerHTML = await answer.text();
    else pane.replaceChildren(Object.assign(document.createElement("p"), { className: "empty", textContent: answer?.status === 404 ? words.grid_away : words.failed }));
    numbersOfGrid();
    if (goThere) pane.focus({ preventScroll: innerWidth > 900 });
  }

  function goTo(code) {
    const found = main.map.querySourceFeatures("grids", { sourceLayer: "outlines", filter: ["==", ["get", "code"], code] });
    const points = found.flatMap((one) => one.geometry.coordinates.flat(Infinity));
    if (!points.length) return;
    const lons = points.filter((_, i) => i % 2 === 0), lats = points.filter((_, i) => i % 2 === 1);
    main.map.fitBounds([[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]], { padding: 120, maxZoom: 14.5, duration: 500 });
  }

  function numbersOfGrid() {
    const card = document.querySelector("#pane-grid .grid-card");
    const one = told()?.items.find((item) => item.code === card?.dataset.code);
    card?.querySelector(".grid-numbers")?.remove();
    if (!one) return;
    const list = Object.assign(document.createElement("dl"), { className: "grid-numbers" });
    for (const name of ["n", "per_km2", "per_1000", "residents"]) {
      const box = document.createElement("div");
      box.append(Object.assign(document.createElement("dt"), { textContent: words[name] }), Object.assign(document.createElement("dd"), { textContent: number(one[name]) }));
      list.append(box);
    }
    card.querySelector("h2 + p").after(list);
  }

  wire(main);
  return { choose, numbersOfGrid, wire };
}
