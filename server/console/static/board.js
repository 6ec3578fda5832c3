// The duty board: what is new is drawn within a second; the worst of it is heard.
import { tick } from "./frame.js";
import { live } from "./live.js";

const board = document.getElementById("board");
const alarm = document.getElementById("alarm");
const button = document.getElementById("sound");
const title = document.title;
const hot = () => new Map([...board.querySelectorAll("[data-alarm]")].map((one) => [one.dataset.alarm, one]));
let known = new Set(hot().keys());
let audio;

function sound(on) {
  button.setAttribute("aria-pressed", String(on));
  button.textContent = on ? button.dataset.on : button.dataset.off;
  localStorage.setItem("board-sound", on ? "on" : "");
  if (on) (audio ??= new AudioContext()).resume();
  else audio?.suspend();
}

function ring() {
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

function drawn() {
  tick();
  const now = hot();
  const fresh = [...now].filter(([id]) => !known.has(id));
  known = new Set([...known, ...now.keys()]);
  if (!fresh.length) return;
  for (const [, line] of fresh) line.classList.add("new");
  alarm.querySelector("strong").textContent = fresh.map(([, line]) => line.dataset.says).join("；");
  alarm.hidden = false;
  document.title = `⚠ ${title}`;
  ring();
}

alarm.querySelector("button").addEventListener("click", () => {
  alarm.hidden = true;
  document.title = title;
  for (const line of board.querySelectorAll(".new")) line.classList.remove("new");
});
button.addEventListener("click", () => sound(button.getAttribute("aria-pressed") !== "true"));
if (localStorage.getItem("board-sound")) addEventListener("pointerdown", () => sound(true), { once: true });

live(board, { drawn });
