// Curves on a canvas: thousands of points in one path, values at the cursor by mouse, finger or arrow keys.
"use strict";

const MARGIN = { left: 58, right: 12, top: 10, bottom: 42 };

export function css(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function prepared(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth, height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = "12px system-ui, sans-serif";
  return { pen, width, height };
}

export function shown(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return String(Number(value.toPrecision(3)).toExponential()).replace("e+", "e");
  return String(Number(value.toPrecision(4)));
}

export function ticks(low, high, log, most) {
  if (log) {
    const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
    if (last - first >= 1) {
      const step = Math.max(1, Math.ceil((last - first) / most));
      return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => 10 ** (first + i * step));
    }
    const near = [first - 1, first].flatMap((power) => [1, 2, 5].map((factor) => factor * 10 ** power));
    const inside = near.filter((value) => value >= low && value <= high);
    if (inside.length >= 2) return inside; // less than two powers of ten
  }
  const span = high - low, raw = span / most, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= raw);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + 1e-9 * span; value += step) found.push(Math.abs(value) < step / 1e6 ? 0 : value);
  return found;
}

// Draws the frame and returns functions from values to pixels.
export function frame(pen, width, height, range, options) {
  const { x0, x1, y0, y1 } = range, log = options.log;
  const inner = { left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom };
  const lift = log ? Math.log10 : (value) => value;
  const scaleX = (inner.right - inner.left) / (x1 - x0), scaleY = (inner.bottom - inner.top) / (lift(y1) - lift(y0));
  const x = (value) => inner.left + (value - x0) * scaleX;
  const y = (value) => inner.bottom - (lift(value) - lift(y0)) * scaleY;
  pen.strokeStyle = css("--grid");
  pen.fillStyle = css("--soft");
  pen.lineWidth = 1;
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  for (const value of ticks(y0, y1, log, 5)) {
    pen.beginPath(); pen.moveTo(inner.left, y(value)); pen.lineTo(inner.right, y(value)); pen.stroke();
    pen.fillText(shown(value), inner.left - 6, y(value));
  }
  pen.textAlign = "center";
  pen.textBaseline = "top";
  for (const value of ticks(x0, x1, false, Math.max(3, Math.min(8, Math.floor(width / 70)))).filter((one) => !options.whole || Number.isInteger(one))) {
    pen.beginPath(); pen.moveTo(x(value), inner.bottom); pen.lineTo(x(value), inner.bottom + 4); pen.stroke();
    const text = options.formatX ? options.formatX(value) : shown(value), half = pen.measureText(text).width / 2;
    pen.fillText(text, Math.min(x(value), width - half - 1), inner.bottom + 7);
  }
  pen.textAlign = "right";
  if (options.labelX) pen.fillText(options.labelX, inner.right, inner.bottom + 24);
  return { x, y, inner };
}

function extremes(lines, log) {
  let x0 = Infinity, x1 = -Infinity, y0 = Infinity, y1 = -Infinity;
  const values = [];
  for (const { x, y, faint } of lines) {
    for (let i = 0; i < x.length; i++) {
      const value = y[i];
      if (!Number.isFinite(value) || !Number.isFinite(x[i]) || (log && value <= 0)) continue;
      if (x[i] < x0) x0 = x[i];
      if (x[i] > x1) x1 = x[i];
      if (faint) continue;
      if (value < y0) y0 = value;
      if (value > y1) y1 = value;
      if (i % 4 === 0) values.push(value);
    }
  }
  return { x0, x1, y0, y1, values };
}

// A number a little further out, to a fiftieth of the power of ten of a span.
function outward(value, span, round) {
  const step = 10 ** Math.floor(Math.log10(span)) / 50;
  return round(value / step - (round === Math.ceil ? 1e-9 : -1e-9)) * step;
}

export class Chart {
  constructor(canvas, speak) {
    this.canvas = canvas;
    this.lines = [];
    this.options = {};
    this.cursor = null;
    const move = (event) => { this.cursor = this.valueAt(event.offsetX); this.draw(); };
    canvas.addEventListener("pointermove", move);
    canvas.addEventListener("pointerdown", move);
    canvas.addEventListener("pointerleave", () => { this.cursor = null; this.draw(); });
    canvas.addEventListener("blur", () => { this.cursor = null; this.draw(); });
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step || !this.range) return;
      event.preventDefault();
      const { x0, x1 } = this.range, width = (x1 - x0) / 60;
      this.cursor = Math.min(x1, Math.max(x0, (this.cursor ?? x0) + step * width));
      this.draw();
      speak(this.read().map((one) => `${one.name} ${shown(one.y)}`).join(", "));
    });
  }

  // lines: [{name, color, dash, width, alpha, x, y, band: {x, low, high}}]; x and y are arrays of numbers.
  // background: {key, faint, lines()}: lines that are drawn once as a picture until their key or the axes change.
  set(lines, options, background = null) {
    this.lines = lines;
    this.options = options;
    this.background = background;
    this.draw();
  }

  limits() {
    const { log, clip } = this.options, own = extremes(this.lines, log), pale = this.paleExtremes();
    let { x0, x1, y0, y1, values } = own;
    if (pale && (!this.background.faint || x0 > x1)) ({ x0, x1, y0, y1, values } = pale);
    if (x0 > x1 || y0 > y1) return null;
    if (clip && values.length > 40 && !log) { // one early spike does not flatten all curves
      values.sort((a, b) => a - b);
      const high = values[Math.floor(0.985 * values.length)];
      if (y1 - y0 > 3 * (high - y0) && high > y0) y1 = y0 + 1.4 * (high - y0);
    }
    if (x0 === x1) { x0 -= 0.5; x1 += 0.5; }
    else if (pale) x1 = outward(x1, x1 - x0, Math.ceil); // so that a growing curve leaves the background as it is
    if (log) { const room = Math.max(0.033, 0.05 * Math.log10(y1 / y0)); [y0, y1] = [10 ** outward(Math.log10(y0) - room, 1, Math.floor), 10 ** outward(Math.log10(y1) + room, 1, Math.ceil)]; }
    else { const span = y1 - y0 || Math.abs(y1) || 1; [y0, y1] = [outward(y0 - 0.04 * span, span, Math.floor), outward(y1 + 0.04 * span, span, Math.ceil)]; }
    return { x0, x1, y0, y1, ...this.options.range };
  }

  paleExtremes() {
    if (!this.background) return null;
    const key = `${this.background.key} ${this.options.log}`;
    if (this.pale?.key !== key) this.pale = { key, lines: this.background.lines() };
    this.pale.extremes ??= extremes(this.pale.lines, this.options.log);
    return this.pale.extremes;
  }

  draw() {
    const { pen, width, height } = prepared(this.canvas);
    if (!width) return;
    this.range = this.limits();
    if (!this.range) {
      pen.fillStyle = css("--soft");
      pen.textAlign = "center";
      pen.fillText(this.options.empty ?? "nothing yet", width / 2, height / 2);
      return;
    }
    const { x, y, inner } = this.place = frame(pen, width, height, this.range, this.options);
    const clip = [inner.left, inner.top - 2, inner.right - inner.left, inner.bottom - inner.top + 4];
    if (this.background) pen.drawImage(this.picture(clip, x, y), 0, 0, width, height);
    pen.save();
    pen.beginPath();
    pen.rect(...clip);
    pen.clip();
    for (const line of this.lines) if (line.band) this.band(pen, line, x, y);
    for (const line of this.lines) this.line(pen, line, x, y);
    pen.restore();
    if (this.cursor !== null) this.crosshair(pen);
  }

  // The background as a picture of the size of the canvas.
  picture(clip, x, y) {
    const { width, height } = this.canvas, color = css("--soft");
    const key = [this.pale.key, width, height, ...Object.values(this.range), color].join();
    if (this.drawn?.key === key) return this.drawn.canvas;
    const canvas = Object.assign(this.drawn?.canvas ?? document.createElement("canvas"), { width, height }), pen = canvas.getContext("2d");
    const ratio = window.devicePixelRatio || 1, alpha = Math.max(0.07, 0.5 / Math.sqrt(this.pale.lines.length));
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.rect(...clip);
    pen.clip();
    for (const line of this.pale.lines) this.line(pen, { ...line, color, alpha, width: 1 }, x, y);
    this.drawn = { key, canvas };
    return canvas;
  }

  band(pen, { band, color }, x, y) {
    pen.globalAlpha = 0.14;
    pen.fillStyle = color;
    pen.beginPath();
    for (let i = 0; i < band.x.length; i++) pen.lineTo(x(band.x[i]), y(band.low[i]));
    for (let i = band.x.length - 1; i >= 0; i--) pen.lineTo(x(band.x[i]), y(band.high[i]));
    pen.fill();
    pen.globalAlpha = 1;
  }

  line(pen, line, x, y) {
    const log = this.options.log;
    pen.strokeStyle = line.color;
    pen.lineWidth = line.width ?? 1.8;
    pen.globalAlpha = line.alpha ?? 1;
    pen.setLineDash(line.dash ?? []);
    pen.beginPath();
    let open = false;
    for (let i = 0; i < line.x.length; i++) {
      const value = line.y[i];
      if (!Number.isFinite(value) || (log && value <= 0)) { open = false; continue; }
      if (open) pen.lineTo(x(line.x[i]), y(value)); else pen.moveTo(x(line.x[i]), y(value));
      open = true;
    }
    pen.stroke();
    if (line.x.length === 1 && open) pen.fillRect(x(line.x[0]) - 2, y(line.y[0]) - 2, 4, 4);
    pen.globalAlpha = 1;
    pen.setLineDash([]);
  }

  valueAt(pixel) {
    if (!this.range || !this.place) return null;
    const { inner } = this.place, { x0, x1 } = this.range;
    const share = (pixel - inner.left) / (inner.right - inner.left);
    return share < 0 || share > 1 ? null : x0 + share * (x1 - x0);
  }

  read() {
    return this.lines.filter((line) => line.name && line.x.length).map((line) => {
      let low = 0, high = line.x.length - 1;
      while (high - low > 1) { const middle = (low + high) >> 1; if (line.x[middle] <= this.cursor) low = middle; else high = middle; }
      const at = Math.abs(line.x[low] - this.cursor) <= Math.abs(line.x[high] - this.cursor) ? low : high;
      return { name: line.name, color: line.color, x: line.x[at], y: line.y[at] };
    });
  }

  crosshair(pen) {
    const { x, y, inner } = this.place, found = this.read().slice(0, 9);
    if (!found.length) return;
    const at = x(this.cursor);
    pen.strokeStyle = css("--soft");
    pen.lineWidth = 1;
    pen.beginPath(); pen.moveTo(at, inner.top); pen.lineTo(at, inner.bottom); pen.stroke();
    const rows = [(this.options.formatX ?? shown)(found[0].x), ...found.map((one) => `${one.name}  ${shown(one.y)}`)];
    const width = Math.max(...rows.map((row) => pen.measureText(row).width)) + 30, height = 17 * rows.length + 10;
    const left = at + width + 12 < inner.right ? at + 8 : Math.max(inner.left, at - width - 8);
    pen.globalAlpha = 0.95;
    pen.fillStyle = css("--panel");
    pen.strokeStyle = css("--line");
    pen.beginPath(); pen.roundRect(left, inner.top + 4, width, height, 6); pen.fill(); pen.stroke();
    pen.globalAlpha = 1;
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    rows.forEach((row, i) => {
      const line = inner.top + 4 + 13 + 17 * i;
      pen.fillStyle = i ? css("--text") : css("--soft");
      pen.fillText(row, left + (i ? 22 : 10), line);
      if (i) { pen.fillStyle = found[i - 1].color; pen.fillRect(left + 9, line - 1.5, 9, 3); }
    });
    for (const one of found) {
      if (!Number.isFinite(one.y) || (this.options.log && one.y <= 0)) continue;
      pen.fillStyle = one.color;
      pen.beginPath(); pen.arc(x(one.x), y(one.y), 3.5, 0, 7); pen.fill();
    }
  }
}
