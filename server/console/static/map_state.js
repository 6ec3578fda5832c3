// What the map shows, as one plain object, and as the address of the page: a link reproduces the view.

const LISTS = ["show"];
const DAY = 86_400_000;

export const day = (text) => new Date(`${text}T00:00:00Z`);
export const text = (date) => date.toISOString().slice(0, 10);
export const later = (one, days) => text(new Date(day(one).getTime() + days * DAY));
export const between = (from, to) => Math.round((day(to) - day(from)) / DAY) + 1;
const isDay = (one) => /^\d{4}-\d{2}-\d{2}$/.test(one ?? "") && !Number.isNaN(day(one).getTime());

export function defaults(begin) {
  return {
    from: begin.first, to: begin.today, category: "", urgency: "", state: "", township: "", unit: "", overdue: "",
    fill: "n", show: ["events", "whistles"], scheme: "natural", win: "0", at: "", cmp: "", view: "", grid: "",
  };
}

export function fromAddress(search, begin) {
  const state = defaults(begin);
  const given = new URLSearchParams(search);
  for (const name of Object.keys(state)) {
    if (!given.has(name)) continue;
    state[name] = LISTS.includes(name) ? given.getAll(name).filter(Boolean) : given.get(name);
  }
  if (!isDay(state.from)) state.from = begin.first;
  if (!isDay(state.to)) state.to = begin.today;
  if (state.from > state.to) [state.from, state.to] = [state.to, state.from];
  if (state.cmp && !state.cmp.split("~").every(isDay)) state.cmp = "";
  if (!isDay(state.at)) state.at = "";
  return state;
}

export function toAddress(state, begin) {
  const usual = defaults(begin);
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    if (String(value) === String(usual[name]) && !["from", "to"].includes(name)) continue;
    for (const one of Array.isArray(value) ? (value.length ? value : [""]) : [value]) given.append(name, one);
  }
  return `${location.pathname}?${given}`;
}

// The days that count now: the window of the slider, or the whole period.
export function period(state) {
  const days = Number(state.win);
  if (!days || days >= between(state.from, state.to)) return [state.from, state.to];
  const last = later(state.to, 1 - days);
  const first = state.at && state.at >= state.from ? (state.at > last ? last : state.at) : last;
  return [first, later(first, days - 1)];
}

export function query(state, [from, to] = period(state), more = {}) {
  const given = new URLSearchParams({ from, to });
  for (const name of ["category", "urgency", "state", "township", "unit", "overdue"]) if (state[name]) given.set(name, state[name]);
  for (const [name, value] of Object.entries(more)) given.set(name, value);
  return given;
}
