// The view as a picture, the numbers as a file: what leaves the page says of itself what it shows and when it was made.

export function save(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// MapLibre keeps no picture between frames: it is taken in the very frame in which it is drawn.
function taken(map) {
  return new Promise((resolve) => {
    map.once("render", () => createImageBitmap(map.getCanvas()).then(resolve));
    map.triggerRepaint();
  });
}

export async function picture(halves, legend, { title, lines, foot, whistles, colours }) {
  const shots = await Promise.all(halves.map(({ map }) => taken(map)));
  const ratio = devicePixelRatio, pad = 24 * ratio, head = 84 * ratio;
  const width = shots.reduce((sum, one) => sum + one.width, 0) + 2 * pad, height = Math.max(...shots.map((one) => one.height)) + head + 40 * ratio;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const pen = canvas.getContext("2d");
  const font = getComputedStyle(document.body).fontFamily;
  const write = (text, x, y, size, weight = "400", colour = colours.ink) => {
    pen.font = `${weight} ${size * ratio}px ${font}`;
    pen.fillStyle = colour;
    pen.fillText(text, x, y);
  };
  pen.fillStyle = colours.sheet;
  pen.fillRect(0, 0, width, height);
  write(title, pad, 34 * ratio, 20, "600");
  write(lines, pad, 60 * ratio, 13, "400", colours.soft);
  let x = pad;
  shots.forEach((shot, i) => {
    pen.drawImage(shot, x, head);
    if (halves.length > 1) write(halves[i].title, x + 10 * ratio, head + 22 * ratio, 14, "600");
    if (i === 0) dots(pen, halves[0].map, whistles, x, head, ratio);
    x += shot.width;
  });
  key(pen, legend, pad + 12 * ratio, height - 40 * ratio, ratio, write, colours);
  write(foot, pad, height - 14 * ratio, 12, "400", colours.soft);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function dots(pen, map, whistles, left, top, ratio) {
  for (const one of whistles) {
    const at = map.project([one.lon, one.lat]);
    pen.beginPath();
    pen.arc(left + at.x * ratio, top + at.y * ratio, 8 * ratio, 0, 7);
    pen.fillStyle = one.kind_code === "EMERGENCY" ? "#ab2418" : "#17406d";
    pen.fill();
    pen.strokeStyle = "#fff";
    pen.lineWidth = 2 * ratio;
    pen.stroke();
  }
}

// The legend, line by line, above the foot.
function key(pen, legend, left, bottom, ratio, write, colours) {
  const lines = [...legend.querySelectorAll("h2, p")];
  if (!lines.length) return;
  const step = 19 * ratio, height = lines.length * step + 14 * ratio;
  const wide = Math.max(...lines.map((one) => (pen.font = `13px ${getComputedStyle(document.body).fontFamily}`, pen.measureText(one.textContent).width))) * ratio + 60 * ratio;
  pen.fillStyle = colours.sheet;
  pen.fillRect(left, bottom - height - 12 * ratio, wide, height);
  pen.strokeStyle = colours.line;
  pen.strokeRect(left, bottom - height - 12 * ratio, wide, height);
  lines.forEach((one, i) => {
    const y = bottom - height + i * step + 4 * ratio;
    const box = one.querySelector("i");
    if (box?.style.background) {
      pen.fillStyle = box.style.background;
      pen.fillRect(left + 10 * ratio, y - 10 * ratio, 20 * ratio, 13 * ratio);
    }
    write(one.textContent, left + (box ? 38 : 10) * ratio, y + 1 * ratio, box ? 12 : 13, box ? "400" : "600");
  });
}
