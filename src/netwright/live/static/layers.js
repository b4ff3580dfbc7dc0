// The layers of a network: weights as ridges over the training, and one quantity of all layers as a map of colours.
"use strict";
import { css, frame, prepared, shown, ticks } from "./chart.js";

const SHARES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]; // of the quantiles that are recorded

// A density from seven quantiles: the slope of a cubic through them that only rises (Fritsch and Carlson), smoothed.
function density(quantiles, low, high, bins) {
  const width = (high - low) / bins, found = new Float64Array(bins);
  const x = quantiles.map((one, i) => one + i * 1e-3 * width); // equal quantiles a little apart
  const rise = x.slice(1).map((one, i) => (SHARES[i + 1] - SHARES[i]) / (one - x[i]));
  const slope = x.map((_, i) => (i === 0 || i === rise.length ? 0 : (2 * rise[i - 1] * rise[i]) / (rise[i - 1] + rise[i])));
  let i = 0;
  for (let bin = 0; bin < bins; bin++) {
    const at = low + (bin + 0.5) * width;
    while (i < rise.length - 1 && at > x[i + 1]) i++;
    const t = (at - x[i]) / (x[i + 1] - x[i]);
    if (t >= 0 && t <= 1) found[bin] = 6 * t * (1 - t) * rise[i] + (1 - t) * (1 - 3 * t) * slope[i] + t * (3 * t - 2) * slope[i + 1];
  }
  for (let round = 0; round < 3; round++) {
    const before = found.slice();
    for (let bin = 0; bin < bins; bin++) found[bin] = (before[Math.max(0, bin - 1)] + 2 * before[bin] + before[Math.min(bins - 1, bin + 1)]) / 4;
  }
  return found;
}

export function ridges(canvas, looks, name, key) {
  const { pen, width, height } = prepared(canvas);
  const found = looks.map((look) => ({ epoch: look.epoch, layer: look.layers.find((one) => one.name === name) }))
    .filter((one) => one.layer?.[key]?.length === SHARES.length);
  if (!found.length || !width) return;
  const step = Math.max(1, Math.ceil(found.length / 24));
  const rows = found.filter((_, i) => (found.length - 1 - i) % step === 0);
  const low = Math.min(...rows.map((one) => one.layer[key][0])), high = Math.max(...rows.map((one) => one.layer[key].at(-1)));
  const room = 0.04 * (high - low) || 1, bins = 120;
  const curves = rows.map((one) => density(one.layer[key], low - room, high + room, bins));
  const top = Math.max(...curves.flatMap((curve) => [...curve]));
  const range = { x0: low - room, x1: high + room, y0: 0, y1: 1 };
  const left = 10 + pen.measureText(`epoch ${rows.at(-1).epoch}`).width, right = width - 12, bottom = height - 30, first = 0.42 * height;
  pen.fillStyle = css("--soft");
  pen.textAlign = "center";
  pen.textBaseline = "top";
  const x = (value) => left + ((value - range.x0) / (range.x1 - range.x0)) * (right - left);
  for (const value of ticks(low, high, false, 5)) pen.fillText(shown(value), x(value), bottom + 8);
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  curves.forEach((curve, i) => {
    const age = rows.length === 1 ? 1 : i / (rows.length - 1), base = first + age * (bottom - first);
    const y = (value) => base - (value / top) * 0.36 * height;
    pen.beginPath();
    pen.moveTo(left, base);
    curve.forEach((value, bin) => pen.lineTo(left + ((bin + 0.5) / bins) * (right - left), y(value)));
    pen.lineTo(right, base);
    pen.globalAlpha = 1;
    pen.fillStyle = css("--panel");
    pen.fill();
    pen.globalAlpha = 0.12 + 0.5 * age;
    pen.fillStyle = css("--curve-0");
    pen.fill();
    pen.globalAlpha = 0.45 + 0.55 * age;
    pen.strokeStyle = css("--curve-0");
    pen.lineWidth = 1.2;
    pen.stroke();
    pen.globalAlpha = 1;
    if (i === 0 || i === rows.length - 1 || (rows.length > 8 && i % Math.ceil(rows.length / 4) === 0 && rows.length - i > 3)) {
      pen.fillStyle = css("--soft");
      pen.fillText(`epoch ${rows[i].epoch}`, left - 5, base);
    }
  });
}

const UNITS = {
  gradient: "Norm of the gradient on fixed rows, logarithmic: a layer that is orders of magnitude paler does not learn.",
  ratio: "Update over weight of one step, logarithmic: about a thousandth is usual.",
  dead: "Share of units that give nothing for any row.",
  saturated: "Share of outputs at the flat ends of their activation.",
  deviation: "Standard deviation of outputs, logarithmic: should neither vanish nor grow from layer to layer.",
};

function value(layer, key) {
  if (key === "ratio") return layer.update && layer.weight ? layer.update / layer.weight : null;
  return layer[key] ?? null;
}

export function heat(canvas, caption, looks, key) {
  const { pen, width, height } = prepared(canvas);
  const log = key !== "dead" && key !== "saturated";
  const usable = (one) => one !== null && Number.isFinite(one) && (!log || one > 0);
  const shownLooks = looks.filter((look) => look.layers.some((layer) => usable(value(layer, key))));
  const names = (looks.at(-1)?.layers ?? []).map((layer) => layer.name).filter((name) => shownLooks.some((look) => {
    const layer = look.layers.find((one) => one.name === name);
    return layer && usable(value(layer, key));
  }));
  caption.textContent = UNITS[key];
  if (!names.length || !width) {
    pen.fillStyle = css("--soft");
    pen.textAlign = "center";
    pen.fillText("not recorded for this run", width / 2, height / 2);
    return;
  }
  const cells = shownLooks.map((look) => names.map((name) => value(look.layers.find((one) => one.name === name) ?? {}, key)));
  const every = cells.flat().filter(usable);
  let low = log ? Math.log10(Math.min(...every)) : 0, high = log ? Math.log10(Math.max(...every)) : Math.max(0.1, ...every);
  if (high - low < 1e-6) { low -= 0.5; high += 0.5; }
  const left = Math.min(0.38 * width, 20 + Math.max(...names.map((name) => pen.measureText(name).width))), right = width - 12, bottom = height - 44, top = 4;
  const wide = (right - left) / cells.length, tall = (bottom - top) / names.length;
  pen.textBaseline = "middle";
  names.forEach((name, row) => {
    pen.textAlign = "right";
    pen.fillStyle = css("--soft");
    if (tall > 11 || row % 2 === 0) pen.fillText(name, left - 6, top + (row + 0.5) * tall, left - 8);
    cells.forEach((column, i) => {
      const one = column[row];
      if (!usable(one)) return;
      pen.fillStyle = colour(((log ? Math.log10(one) : one) - low) / (high - low));
      pen.fillRect(left + i * wide, top + row * tall, Math.max(1, wide - (wide > 6 ? 1 : 0)), Math.max(1, tall - 1));
    });
  });
  pen.fillStyle = css("--soft");
  pen.textBaseline = "top";
  pen.textAlign = "left";
  pen.fillText(`epoch ${shownLooks[0].epoch}`, left, bottom + 4);
  pen.textAlign = "right";
  pen.fillText(`epoch ${shownLooks.at(-1).epoch}`, right, bottom + 4);
  const said = `${shown(log ? 10 ** low : low)} to ${shown(log ? 10 ** high : high)}`;
  const bar = Math.max(20, Math.min(180, right - left - pen.measureText(said).width - 10)) / 60;
  for (let i = 0; i < 60; i++) { pen.fillStyle = colour(i / 59); pen.fillRect(left + i * bar, bottom + 22, bar + 0.5, 8); }
  pen.fillStyle = css("--soft");
  pen.textAlign = "left";
  pen.fillText(said, left + 60 * bar + 8, bottom + 20);
}

// From cividis, which colour-blind eyes see as everybody else.
const STOPS = [[0, 32, 77], [49, 68, 107], [102, 105, 112], [149, 143, 120], [203, 186, 105], [255, 234, 70]];

function colour(share) {
  const place = Math.min(0.9999, Math.max(0, share)) * (STOPS.length - 1), at = Math.floor(place), rest = place - at;
  const [r, g, b] = STOPS[at].map((one, i) => Math.round(one + rest * (STOPS[at + 1][i] - one)));
  return `rgb(${r} ${g} ${b})`;
}

export function histogram(canvas, runs, range) {
  const { pen, width, height } = prepared(canvas);
  if (!runs.length || !width) return;
  const { x, y, inner } = frame(pen, width, height, range, { log: true, labelX: "score" });
  runs.forEach(({ scores, color }, index) => [scores.signal_density, scores.background_density].forEach((values, background) => {
    pen.beginPath();
    pen.moveTo(x(scores.edges[0]), inner.bottom);
    values.forEach((one, i) => {
      const level = one > range.y0 ? y(one) : inner.bottom;
      pen.lineTo(x(scores.edges[i]), level);
      pen.lineTo(x(scores.edges[i + 1]), level);
    });
    pen.lineTo(x(scores.edges.at(-1)), inner.bottom);
    const own = runs.length > 1 ? color : css(background ? "--background" : "--signal");
    if (!background) { pen.globalAlpha = index ? 0.08 : 0.22; pen.fillStyle = own; pen.fill(); }
    pen.globalAlpha = 1;
    pen.strokeStyle = own;
    pen.lineWidth = 1.6;
    pen.setLineDash(background ? [5, 3] : []);
    pen.stroke();
    pen.setLineDash([]);
  }));
}
