// Lists by keyboard, and the choice of many.
import { isTyping } from "./frame.js";

const table = document.querySelector("table[data-keys]");
const rows = () => [...table.querySelectorAll("tbody tr[data-href]")];
let at = -1;

function go(to) {
  const all = rows();
  if (!all.length) return;
  at = Math.max(0, Math.min(to, all.length - 1));
  for (const row of all) row.classList.remove("here");
  all[at].classList.add("here");
  all[at].scrollIntoView({ block: "nearest" });
  all[at].querySelector("a")?.focus({ preventScroll: true });
}

const keys = {
  j: () => go(at + 1),
  k: () => go(at - 1),
  Enter: () => at >= 0 && !document.activeElement.closest("a, button, summary") && (location.href = rows()[at].dataset.href),
  x: () => at >= 0 && rows()[at].querySelector("input[type=checkbox]")?.click(),
};
document.addEventListener("keydown", (event) => {
  if (isTyping(event) || !keys[event.key]) return;
  keys[event.key]();
});

const form = document.getElementById("bulk");
const all = form?.querySelector("[data-all]");
function count() {
  const chosen = form.querySelectorAll("input[name=row]:checked").length;
  const said = form.querySelector("[data-count]");
  if (said) said.textContent = chosen ? `${said.dataset.count} ${chosen}` : "";
  for (const button of form.querySelectorAll(".bulk-acts button")) button.disabled = !chosen;
}
form?.addEventListener("change", (event) => {
  if (event.target === all) for (const one of form.querySelectorAll("input[name=row]")) one.checked = all.checked;
  count();
});
if (all) count();
