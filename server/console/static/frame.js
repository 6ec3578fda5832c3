// The frame of every page: proof against forged requests, sessions that end without loss, drafts, running clocks.
// Loaded as a module; nothing here knows an item.

const root = document.documentElement;
const said = document.getElementById("words").dataset;
const notes = document.getElementById("notes");
const ahead = Date.parse(root.dataset.now) - Date.now();

export const words = said;
export const now = () => Date.now() + ahead;
export const cookie = (name) =>
  document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
export const csrf = () => cookie("gridwhistle_csrf");

export function note(text, kind = "good", lasts = 6000) {
  const line = document.createElement("p");
  line.className = `note ${kind}`;
  line.textContent = text;
  notes.append(dressed(line, lasts));
  return line;
}

function dressed(line, lasts) {
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "×";
  close.setAttribute("aria-label", said.close);
  close.addEventListener("click", () => line.remove());
  line.append(close);
  if (lasts) setTimeout(() => line.remove(), lasts);
  return line;
}

new MutationObserver((changes) => {
  for (const change of changes)
    for (const line of change.addedNodes) if (line.dataset?.note !== undefined && !line.querySelector("button")) dressed(line, 12000);
}).observe(notes, { childList: true });

// --- requests of htmx -----------------------------------------------------------------------------------------
document.addEventListener("htmx:config:request", (event) => {
  event.detail.ctx.request.headers["X-CSRF-Token"] = csrf();
});
document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  if (ctx.response.status === 401) {
    event.preventDefault();
    askAtTheDoor(() => window.htmx.trigger(ctx.sourceElement, "again"));
  } else if (isAway(ctx.response)) {
    event.preventDefault();
    ctx.sourceElement.dispatchEvent(new CustomEvent("htmx:error", { bubbles: true, detail: { ctx, error: new TypeError("away") } }));
  }
});
document.addEventListener("htmx:error", (event) => {
  if (event.target?.closest?.("[data-live]")) return;
  if (event.detail.error instanceof TypeError || event.detail.ctx?.request?.signal?.aborted) note(said.away, "bad", 12000);
});
// Nobody there, told by whoever stands before the server: never shown in place of a part of the page.
const isAway = (answer) => [502, 503, 504].includes(answer.status);

// --- a session that ended: sign in again, on the same page ----------------------------------------------------
const door = document.getElementById("door");
let waiting = [];

export function askAtTheDoor(after) {
  if (!door) return void (location.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  if (after) waiting.push(after);
  if (!door.open) door.showModal();
}

async function signIn(form) {
  const wrong = form.querySelector(".wrong[role=alert]:not(:first-child)") ?? form.querySelector(".wrong");
  const answer = await fetch("/sign-in", {
    method: "POST",
    headers: { "HX-Request": "true" },
    body: new URLSearchParams(new FormData(form)),
  }).catch(() => null);
  if (answer?.ok) return true;
  wrong.textContent = answer && answer.status < 500 ? await answer.text() : said.away;
  wrong.hidden = false;
  const wants = answer?.headers.get("X-Wants-Otp") === "yes";
  const otp = form.querySelector("[data-otp]");
  if (wants) {
    otp.hidden = false;
    otp.querySelector("input").focus();
  }
  return false;
}

door?.addEventListener("cancel", (event) => event.preventDefault());
for (const form of document.querySelectorAll("[data-door], #gate"))
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button.main");
    button.disabled = true;
    const isIn = await signIn(form);
    button.disabled = false;
    if (!isIn) return;
    if (form.id === "gate") return void location.assign(form.elements.next.value || "/");
    form.elements.password.value = "";
    door.close();
    for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = csrf();
    const again = waiting;
    waiting = [];
    for (const one of again) one();
    document.dispatchEvent(new Event("signed-in"));
  });

export async function request(address, how = {}) {
  const answer = await fetch(address, { ...how, headers: { "HX-Request": "true", "X-CSRF-Token": csrf(), ...how.headers } });
  if (answer.status !== 401) return answer;
  return new Promise((resolve) => askAtTheDoor(() => resolve(request(address, how))));
}

// --- drafts: what was typed into a form survives a reload, a lost session and a closed lid ---------------------
const draftKey = (form) => `draft:${form.dataset.draft}`;
const fieldsOf = (form) => [...form.elements].filter((one) => one.name && !["hidden", "password", "file", "submit"].includes(one.type));

function keep(form) {
  const kept = fieldsOf(form).map((one) => [one.name, one.type === "checkbox" || one.type === "radio" ? one.checked : one.value, one.type === "radio" ? one.value : ""]);
  sessionStorage.setItem(draftKey(form), JSON.stringify(kept));
}

export function restore(form) {
  const text = sessionStorage.getItem(draftKey(form));
  if (!text || form.dataset.restored) return;
  form.dataset.restored = "yes";
  const kept = JSON.parse(text);
  let changed = false;
  for (const one of fieldsOf(form)) {
    const at = kept.findIndex(([name, , choice]) => name === one.name && (one.type !== "radio" || choice === one.value));
    if (at < 0) continue;
    const [[, value]] = kept.splice(at, 1);
    const field = one.type === "checkbox" || one.type === "radio" ? "checked" : "value";
    if (one[field] !== value) [one[field], changed] = [value, true];
  }
  if (!changed) return;
  form.dispatchEvent(new Event("restored", { bubbles: true }));
  const line = document.createElement("p");
  line.className = "fine";
  line.textContent = `${said.kept} `;
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "plain";
  drop.textContent = said.drop;
  drop.addEventListener("click", () => (forget(form), form.reset(), line.remove()));
  line.append(drop);
  form.prepend(line);
}

export const forget = (form) => sessionStorage.removeItem(draftKey(form));
const drafting = (target) => target?.closest?.("form[data-draft]");
document.addEventListener("input", (event) => drafting(event.target) && keep(drafting(event.target)));
document.addEventListener("change", (event) => drafting(event.target) && keep(drafting(event.target)));
const sent = sessionStorage.getItem("sent");
sessionStorage.removeItem("sent");
const isAnswer = root.dataset.method === "POST" || performance.getEntriesByType("navigation")[0]?.redirectCount > 0;
const isRefused = document.querySelector("main .note.bad, main .wrong:not([hidden]), .empty .code, #gate");
if (sent && isAnswer && !isRefused) sessionStorage.removeItem(sent);
export const restoreAll = (within = document) => within.querySelectorAll("form[data-draft]").forEach(restore);
restoreAll();
document.addEventListener("htmx:after:swap", () => restoreAll());
document.addEventListener("done", (event) => event.detail?.draft && sessionStorage.removeItem(`draft:${event.detail.draft}`));

// --- files that are too large: told before they are sent, for a server that refuses them hears them out first or hangs up ---
document.addEventListener(
  "submit",
  (event) => {
    const { filesMb, fileMb, tooLarge } = event.target.dataset;
    const sizes = [...event.target.querySelectorAll("input[type=file]")].flatMap((one) => [...one.files].map((file) => file.size));
    if (!tooLarge || (sizes.every((size) => size <= fileMb * 1e6) && sizes.reduce((sum, size) => sum + size, 0) <= filesMb * 1e6)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    note(tooLarge, "bad", 12000);
  },
  true,
);

// --- forms that leave the page: it is asked first whether anybody is there and who knocks, so that nothing is lost ---
const heard = new WeakSet();
document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (form.method !== "post" || form.target || form.matches("[hx-post], [data-door], #gate") || heard.delete(form)) return;
  event.preventDefault();
  const answer = await request("/api/v1/me").catch(() => null);
  if (!answer || answer.status >= 500) return void note(said.away, "bad", 12000);
  if (form.dataset.draft) sessionStorage.setItem("sent", draftKey(form));
  heard.add(form);
  form.requestSubmit(submitter);
});

// --- running clocks -------------------------------------------------------------------------------------------
const two = (n) => String(n).padStart(2, "0");

export function span(ms) {
  const s = Math.floor(Math.abs(ms) / 1000);
  const days = Math.floor(s / 86400);
  const time = `${two(Math.floor(s / 3600) % 24)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return days ? `${days}${said.day} ${time}` : time;
}

export function tick() {
  const moment = now();
  for (const one of document.querySelectorAll("time[data-due]")) {
    const left = Date.parse(one.dataset.due) - moment;
    const late = left < 0;
    one.textContent = `${late ? said.late : said.left} ${span(left)}`;
    one.classList.toggle("late", late);
    const whole = Date.parse(one.dataset.due) - Date.parse(one.dataset.from || NaN);
    one.classList.toggle("soon", !late && (whole ? left < whole * 0.2 : left < 3600e3));
  }
}
tick();
setInterval(tick, 1000);

// --- small manners --------------------------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.person[open]")) if (!open.contains(event.target)) open.open = false;
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  if (event.target.closest("[data-print]")) window.print();
});
// On paper a list says by which filters it was made, who printed it and when, and that it goes on.
function conditions(form) {
  const said = [];
  for (const label of form.querySelectorAll("label")) {
    const field = label.querySelector("input:not([type=hidden]), select");
    if (!field) continue;
    const options = [...(field.options ?? [])];
    const many = [...label.querySelectorAll("input[type=hidden]")].map((one) => options.find((o) => o.value === one.value)?.text ?? one.value);
    const one = field.options ? (options.find((o) => o.defaultSelected) ?? options[0])?.text : field.defaultValue;
    const value = many.join("、") || one;
    if (value && value !== words.any) said.push(`${label.firstChild.textContent.trim()} ${value}`);
  }
  return said;
}
addEventListener("beforeprint", () => {
  const told = document.getElementById("printed");
  if (!told) return;
  const page = document.getElementById("main");
  const forms = [...page.querySelectorAll("form.filters")];
  const said = [...page.querySelectorAll(":is(.switch, .topics) [aria-current=true]")].map((one) => one.textContent.trim());
  said.push(...forms.flatMap(conditions));
  const parts = [told.dataset.who, new Date(now()).toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" }).slice(0, 16)];
  if (forms.length) parts.push(`${words.conditions}：${said.join("；") || words.all}`);
  if (page.querySelector(".pager a[rel=next]")) parts.push(words.goesOn);
  told.textContent = parts.join(" · ");
});
document.addEventListener("change", (event) => {
  if (event.target.closest("[data-submits]")) event.target.form.requestSubmit();
});
export const isTyping = (event) => event.target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, dialog, [contenteditable]") || event.ctrlKey || event.metaKey || event.altKey;
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !isTyping(event)) {
    const search = document.querySelector("input[type=search]");
    if (search) event.preventDefault(), search.focus(), search.select();
  }
});
