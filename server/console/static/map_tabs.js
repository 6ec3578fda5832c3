// The tabs beside the map: table, grid, whistles; by mouse and by arrow keys.
const $ = (id) => document.getElementById(id);

export function tab(name, isFocused = false) {
  for (const one of document.querySelectorAll("[role=tab]")) {
    const on = one.id === `tab-${name}`;
    one.setAttribute("aria-selected", String(on));
    one.tabIndex = on ? 0 : -1;
    $(one.getAttribute("aria-controls")).hidden = !on;
    if (on && isFocused) one.focus();
  }
}
const tabs = document.querySelector("[role=tablist]");
tabs.addEventListener("click", (event) => event.target.closest("[role=tab]") && tab(event.target.closest("[role=tab]").id.slice(4)));
tabs.addEventListener("keydown", (event) => {
  const all = [...tabs.children], step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step) tab(all[(all.indexOf(document.activeElement) + step + all.length) % all.length].id.slice(4), true);
});
