// Pictures of a plane: what a network says of it, its points, and the curves of the losses.
const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
const scheme = matchMedia("(prefers-color-scheme: dark)");

export const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

// colours are asked for once and not in every frame; 256 of them, as pixels, for -1 to 1
let colours, palette;
function choose() {
  const names = ["--signal", "--background", "--line", "--soft", "--curve-0", "--curve-1"];
  colours = Object.fromEntries(names.map((name) => [name, style(name)]));
  const [one, zero] = [rgb(colours["--signal"]), rgb(colours["--background"])];
  const pixels = new Uint8ClampedArray(4 * 256);
  for (let value = 0; value < 256; value++) {
    const signed = value / 127.5 - 1, colour = signed > 0 ? one : zero, strength = Math.abs(signed) * 0.75;
    for (let i = 0; i < 3; i++) pixels[4 * value + i] = 240 + (colour[i] - 240) * strength;
    pixels[4 * value + 3] = 255;
  }
  palette = new Uint32Array(pixels.buffer);
}
export function onScheme(redraw) {
  choose();
  scheme.addEventListener("change", () => { choose(); redraw(); });
}

const small = document.createElement("canvas");
// Return a canvas with values of 0 to 255, row by row from the bottom of the plane; it is drawn on again by the next call.
export function picture(values, side) {
  if (small.width !== side) small.width = small.height = side;
  const draw = small.getContext("2d", { willReadFrequently: true });
  const image = draw.createImageData(side, side), pixels = new Uint32Array(image.data.buffer);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) pixels[row * side + column] = palette[values[(side - 1 - row) * side + column]];
  }
  draw.putImageData(image, 0, 0);
  return small;
}

// Draw the points once, on a canvas that every frame lays over its boundary.
export function pointsOn(size, points, middle, test) {
  const canvas = document.createElement("canvas"), draw = canvas.getContext("2d"), scale = size / 12;
  canvas.width = canvas.height = size;
  points.x.forEach((x, i) => {
    if (!points.train[i] && !test) return;
    draw.beginPath();
    draw.arc((x + 6) * scale, (6 - points.y[i]) * scale, points.train[i] ? 3 : 2.2, 0, 7);
    draw.fillStyle = colours[points.label[i] > middle ? "--signal" : "--background"];
    draw.strokeStyle = points.train[i] ? "#fff" : "#222";
    draw.fill();
    draw.stroke();
  });
  return canvas;
}

export function drawPlane(canvas, frame, points) {
  const draw = canvas.getContext("2d");
  draw.imageSmoothingEnabled = true;
  draw.drawImage(picture(bytes(frame.boundary), frame.grid), 0, 0, canvas.width, canvas.height);
  draw.drawImage(points, 0, 0);
}

// history: [epoch, training loss, test loss] of every frame; no more of them than there are pixels are drawn
export function drawLosses(canvas, history) {
  const draw = canvas.getContext("2d"), { width, height } = canvas, every = Math.ceil(history.length / width);
  const shown = history.filter((_, i) => i % every === 0 || i === history.length - 1);
  draw.clearRect(0, 0, width, height);
  if (!shown.length) return;
  const top = 1.05 * shown.reduce((most, [, a, b]) => Math.max(most, a ?? 0, b ?? 0), 1e-6);
  const last = Math.max(1, history.at(-1)[0]);
  draw.strokeStyle = colours["--line"];
  draw.strokeRect(0.5, 0.5, width - 1, height - 1);
  for (const [place, colour] of [[1, "--curve-0"], [2, "--curve-1"]]) {
    draw.beginPath();
    draw.strokeStyle = colours[colour];
    draw.lineWidth = 2;
    shown.forEach((one) => draw.lineTo((one[0] / last) * width, height - ((one[place] ?? top) / top) * height));
    draw.stroke();
  }
  draw.fillStyle = colours["--soft"];
  draw.fillText(top.toPrecision(3), 4, 12);
}
