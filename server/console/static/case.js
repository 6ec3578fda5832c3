// The case file: forms in place, before/after, small map, notes after an act. Works on what arrives later, too.
import { note, tick, restoreAll } from "./frame.js";

document.addEventListener("input", (event) => {
  const slider = event.target.closest("[data-slider]");
  if (slider && event.target.type === "range") slider.style.setProperty("--cut", `${event.target.value}%`);
  if (event.target.matches("[data-filter]")) {
    const wanted = event.target.value.trim();
    for (const one of event.target.closest("[data-picks]").querySelectorAll(".pick-list label"))
      one.hidden = Boolean(wanted) && !one.textContent.includes(wanted);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest("#act form");
    if (form) event.preventDefault(), form.requestSubmit(form.querySelector(".bar button"));
    return;
  }
  if (event.key === "Enter" && event.target.matches("[data-filter]")) {
    event.preventDefault();
    const shown = event.target.closest("[data-picks]").querySelectorAll(".pick-list label:not([hidden]) input");
    if (shown.length === 1) shown[0].click();
  }
});

document.addEventListener("click", (event) => {
  const cancel = event.target.closest("[data-cancel]");
  const panel = document.getElementById("act");
  if (cancel && panel?.closest("#case")) {
    event.preventDefault();
    panel.replaceChildren();
    expand(null);
  }
  const adder = event.target.closest("[data-add-row]");
  if (adder) {
    const body = adder.closest("fieldset").querySelector("[data-rows] tbody");
    const row = body.lastElementChild.cloneNode(true);
    for (const field of row.querySelectorAll("input")) field.value = "";
    row.querySelector("select").value = "";
    const role = row.querySelectorAll("select")[1];
    if (role) role.value = "co";
    row.querySelector(".basis")?.remove();
    body.append(row);
    row.querySelector("select").focus();
  }
});

function expand(act) {
  for (const one of document.querySelectorAll("[data-act]")) one.setAttribute("aria-expanded", String(one.dataset.act === act));
}

document.addEventListener("htmx:after:swap", (event) => {
  tick();
  maps();
  const panel = document.getElementById("act");
  if (event.target.dataset?.act) {
    expand(event.target.dataset.act);
    restoreAll(panel);
    const wanted = panel.querySelector("input[type=radio]:checked") ?? panel.querySelector("input:not([type=hidden]):not([type=search]), select, textarea");
    wanted?.focus();
    panel.scrollIntoView({ block: "nearest" });
  }
  if (event.target.id === "act-form") document.querySelector("#act-form .note.bad")?.scrollIntoView({ block: "nearest" });
});

document.addEventListener("done", (event) => {
  const { words, lost = [] } = event.detail;
  if (!words) return;
  note(words);
  for (const one of lost) note(one, "bad", 0);
});

// The map is fetched when it is looked at, and drawn from our own tiles.
const seen = new IntersectionObserver((entries) => {
  for (const one of entries)
    if (one.isIntersecting) {
      seen.unobserve(one.target);
      import("./case_map.js").then(({ draw }) => draw(one.target));
    }
});
function maps() {
  for (const one of document.querySelectorAll(".mini-map:not([data-watched])")) {
    one.dataset.watched = "yes";
    seen.observe(one);
  }
}
maps();
