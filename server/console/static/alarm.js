// What is new and urgent is seen and, once somebody allowed it, heard.
const button = document.getElementById("sound");
const banner = document.getElementById("alarm");
const title = document.title;
let audio;

function sound(on) {
  button.setAttribute("aria-pressed", String(on));
  button.textContent = on ? button.dataset.on : button.dataset.off;
  localStorage.setItem("sound", on ? "on" : "");
  if (on) (audio ??= new AudioContext()).resume();
  else audio?.suspend();
}

export function ring() {
  document.documentElement.dataset.rang = String(Number(document.documentElement.dataset.rang ?? 0) + 1);
  if (audio?.state !== "running") return;
  for (const [at, high] of [[0, 1760], [0.18, 2349], [0.36, 1760], [0.54, 2349]]) {
    const tone = audio.createOscillator();
    const level = audio.createGain();
    tone.frequency.value = high;
    level.gain.setValueAtTime(0.25, audio.currentTime + at);
    level.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + at + 0.17);
    tone.connect(level).connect(audio.destination);
    tone.start(audio.currentTime + at);
    tone.stop(audio.currentTime + at + 0.18);
  }
}

/** Returns what to call when the part was drawn anew: it finds the rows marked data-alarm that were not there before. */
export function watch(part) {
  const hot = () => new Map([...part.querySelectorAll("[data-alarm]")].map((one) => [one.dataset.alarm, one]));
  const known = new Set(hot().keys());
  banner.querySelector("button").addEventListener("click", () => {
    banner.hidden = true;
    document.title = title;
    for (const line of part.querySelectorAll(".new")) line.classList.remove("new");
  });
  button.addEventListener("click", () => sound(button.getAttribute("aria-pressed") !== "true"));
  if (localStorage.getItem("sound")) addEventListener("pointerdown", (event) => event.target !== button && sound(true), { once: true });
  return () => {
    const fresh = [...hot()].filter(([id]) => !known.has(id));
    if (!fresh.length) return;
    for (const [id, line] of fresh) {
      known.add(id);
      line.classList.add("new");
    }
    banner.querySelector("strong").textContent = fresh.map(([, line]) => line.dataset.says).join("；");
    banner.hidden = false;
    document.title = `⚠ ${title}`;
    ring();
  };
}
