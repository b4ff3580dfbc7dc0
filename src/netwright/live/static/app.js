// The live page: a list of runs, curves of those that are ticked, and everything about the one in focus.
"use strict";
import { Chart, css, shown } from "./chart.js";
import { drawDetails, options } from "./details.js";
import { heat, histogram, ridges } from "./layers.js";
import { Scores } from "./scores.js";
import { Store, overMembers, smoothed } from "./store.js";

const $ = (id) => document.getElementById(id);
const COLOURS = 8, MOST_LISTED = 400, MOST_FAINT = 300;
const DASHES = [[], [9, 4], [2, 3], [10, 3, 2, 3]];
const speak = (text) => { $("spoken").textContent = text; };

const state = { ticked: [], focus: null, details: null, touched: false, filter: "" };
const charts = Object.fromEntries(["loss", "other", "gradient", "rate", "roc"].map((id) => [id, new Chart($(id), speak)]));
let planned = false, took = 0, asked = null;
const due = new Set(["list", "scores", "layers"]); // parts of the page to redraw, besides curves and tiles

const scores = new Scores(() => plan("scores"));

const store = new Store((names) => {
  if (store.runs.size && state.focus && !store.runs.has(state.focus)) state.touched = false; // it was removed
  if (!state.touched) chooseNewest();
  if (state.focus && names.includes(state.focus)) askSoon();
  plan("list");
}, (connected) => {
  $("connection").textContent = connected ? "live" : "no connection";
  $("connection").className = `badge ${connected ? "good" : "bad"}`;
});

function plan(...parts) {
  for (const part of parts) due.add(part);
  if (planned) return;
  planned = true;
  // while many runs arrive at once, half of the time is left for reading them
  setTimeout(() => requestAnimationFrame(() => {
    const began = performance.now();
    planned = false;
    draw();
    took = performance.now() - began;
    document.documentElement.dataset.took = took.toFixed(1);
  }), took > 25 ? took : 0);
}

const planAll = () => plan("list", "scores", "layers");

function chooseNewest() {
  const rank = (run) => (run.state === "training" ? 2 : run.series.size ? 1 : 0);
  const newest = [...store.runs.values()].sort((a, b) => rank(b) - rank(a) || (a.id < b.id ? 1 : -1));
  state.ticked = newest.filter((run) => run.series.size).slice(0, 3).map((run) => run.id);
  if (newest.length && state.focus !== newest[0].id) focus(newest[0].id, false);
}

function look(id) {
  const place = state.ticked.indexOf(id);
  const at = place < 0 ? 0 : place;
  return { color: place < 0 ? css("--text") : css(`--curve-${at % COLOURS}`), dash: DASHES[Math.floor(at / COLOURS) % DASHES.length] };
}

// ---------------------------------------------------------------- the list
const collator = new Intl.Collator(undefined, { numeric: true });
const sorted = { runs: [], order: -1 };

function listed() {
  if (sorted.order !== store.order) { // thousands of names take a moment
    sorted.runs = [...store.runs.values()].sort((a, b) => (b.state === "training") - (a.state === "training") || collator.compare(a.id, b.id));
    sorted.order = store.order;
  }
  const wanted = state.filter.toLowerCase();
  return sorted.runs.filter((run) => run.id.toLowerCase().includes(wanted) || (run.state ?? "").includes(wanted));
}

const items = new Map();

function item(run) {
  let found = items.get(run.id);
  if (!found) {
    const li = document.createElement("li"), box = document.createElement("input"), side = document.createElement("div");
    const name = document.createElement("button"), line = document.createElement("div"), left = document.createElement("span"), right = document.createElement("span");
    box.type = "checkbox";
    box.setAttribute("aria-label", `Compare ${run.id}`);
    box.addEventListener("change", () => tick(run.id, box.checked));
    name.textContent = run.id;
    name.addEventListener("click", () => focus(run.id, true));
    line.className = "line";
    line.append(left, right);
    side.append(name, line);
    li.append(box, side);
    found = { li, box, left, right, name };
    items.set(run.id, found);
  }
  const ticked = state.ticked.includes(run.id), color = ticked ? look(run.id).color : "";
  const now = [ticked, color, run.id === state.focus, run.state, run.epoch, run.epochs, run.trials, run.best].join();
  if (found.now === now) return found.li;
  found.now = now;
  found.box.checked = ticked;
  found.box.style.setProperty("--own", color);
  found.li.className = run.id === state.focus ? "focused" : "";
  found.name.setAttribute("aria-current", run.id === state.focus ? "true" : "false");
  found.left.className = run.state === "training" ? "running" : "";
  found.left.textContent = run.kind === "search" ? `search, ${run.trials} trial${run.trials === 1 ? "" : "s"}`
    : run.state === "training" ? `epoch ${run.epoch}${run.epochs ? ` of ${run.epochs}` : ""}` : run.state || "…";
  found.right.textContent = run.best === null || run.best === undefined ? "" : `loss ${shown(run.best)}`;
  return found.li;
}

function drawList() {
  const runs = listed(), first = runs.slice(0, MOST_LISTED), nodes = first.map(item);
  const list = $("list");
  if (list.children.length !== nodes.length || nodes.some((node, i) => list.children[i] !== node)) {
    const active = document.activeElement;
    list.replaceChildren(...nodes);
    if (active && list.contains(active)) active.focus();
  }
  const training = runs.filter((run) => run.state === "training").length;
  $("counts").textContent = `${store.runs.size} run${store.runs.size === 1 ? "" : "s"}${training ? `, ${training} in training` : ""}`;
  $("more").textContent = runs.length > first.length ? `${runs.length - first.length} more: filter them` : "";
  $("folder").textContent = store.folder ?? "";
  $("empty").hidden = store.runs.size > 0;
  for (const id of ["focus", "curves"]) $(id).hidden = store.runs.size === 0;
}

function tick(id, on) {
  state.touched = true;
  state.ticked = on ? [...state.ticked.filter((one) => one !== id), id] : state.ticked.filter((one) => one !== id);
  if (on) fetch(`/run?run=${encodeURIComponent(id)}`).then(() => askScores());
  planAll();
}

// ---------------------------------------------------------------- one run
function focus(id, byUser) {
  if (byUser) {
    state.touched = true;
    if (!state.ticked.includes(id)) state.ticked = [...state.ticked, id];
  }
  state.focus = id;
  state.details = null;
  history.replaceState(null, "", `#${encodeURIComponent(id)}`);
  ask();
  planAll();
}

function askSoon() {
  if (asked === null) asked = setTimeout(ask, 1500);
}

async function ask() {
  clearTimeout(asked);
  asked = null;
  const id = state.focus;
  const answer = await fetch(`/run?run=${encodeURIComponent(id)}`).catch(() => null);
  if (!answer?.ok || state.focus !== id) return;
  state.details = await answer.json();
  drawDetails(state.details, store.runs.get(id)?.kind);
  planAll();
  askScores();
}

const withScores = () => [...new Set([...state.ticked, state.focus])].filter((id) => store.runs.has(id));
const askScores = () => scores.ask(withScores().map((id) => store.runs.get(id)));

const duration = (seconds) => {
  if (seconds === null || seconds === undefined) return "–";
  const whole = Math.round(seconds), hours = Math.floor(whole / 3600), minutes = Math.floor((whole % 3600) / 60);
  return hours ? `${hours} h ${String(minutes).padStart(2, "0")} min` : minutes ? `${minutes} min ${String(whole % 60).padStart(2, "0")} s` : `${whole} s`;
};

function drawTiles() {
  const run = store.runs.get(state.focus);
  if (!run) return;
  $("name").textContent = run.id;
  $("state").textContent = run.state || "reading";
  $("state").className = `badge ${{ training: "good", complete: "soft", incomplete: "caution", unreadable: "bad" }[run.state] ?? "soft"}`;
  $("verdict").textContent = state.details?.verdict ?? "";
  $("progress").hidden = run.state !== "training" || !run.epochs;
  $("progress").value = run.epochs ? run.epoch / run.epochs : 0;
  document.body.dataset.kind = run.kind ?? "run";
  if (run.kind === "search") { tiles([["trials that ended", String(run.trials)]]); return; }
  const found = [["epoch", `${run.epoch}${run.epochs ? ` of ${run.epochs}` : ""}`], [`best validation loss${run.best_epochs?.length === 1 && run.best_epochs[0] ? `, epoch ${run.best_epochs[0]}` : ""}`, shown(run.best)]];
  if (state.details?.metric) { const [metric, head, value] = state.details.metric; found.push([`${metric.replaceAll("_", " ")} of ${head}, test rows`, value]); }
  if (run.state === "training") found.push(["time left, at most", duration(run.seconds_left)]);
  found.push(["time", duration(run.seconds)], ["rows per second", run.rows_per_second ? Math.round(run.rows_per_second).toLocaleString("en") : "–"]);
  if (run.members > 1) found.push(["members", String(run.members)]);
  tiles(found);
}

function tiles(pairs) {
  $("tiles").replaceChildren(...pairs.map(([name, value]) => {
    const box = document.createElement("div"), title = document.createElement("dt"), text = document.createElement("dd");
    box.className = "tile";
    title.textContent = name;
    text.textContent = value;
    box.append(title, text);
    return box;
  }));
}

// ---------------------------------------------------------------- curves
// The runs that are not ticked, pale behind the others.
function unticked() {
  const runs = [...store.runs.values()].filter((run) => run.series.size && !state.ticked.includes(run.id)).slice(-MOST_FAINT);
  const series = runs.map((run) => run.series.values().next().value);
  return { series, key: [store.order, series.length, series.reduce((sum, one) => sum + one.epoch.length, 0)].join() };
}

function background({ series, key: which }, key) {
  const against = $("against").value, weight = Number($("smoothing").value);
  const lines = () => series.filter((one) => one[key]).map((one) => ({ x: one[against], y: smoothed(one[key], weight) }));
  return { key: [which, key, against, weight, state.ticked].join(), faint: state.ticked.length > 0, lines };
}

function curves(key, { train = null } = {}) {
  const against = $("against").value, weight = Number($("smoothing").value), found = [];
  for (const id of [...state.ticked].reverse()) {
    const run = store.runs.get(id);
    if (!run?.series.size) continue;
    const { color, dash } = look(id);
    const several = run.series.size > 1;
    if (![...run.series.values()].some((one) => one[key])) continue;
    if (train && run.series.values().next().value[train]) {
      const { x, mean } = overMembers(run.series, train, against);
      found.push({ x, y: smoothed(mean, weight), color, dash: [5, 4], width: 1.3, alpha: 0.75 });
    }
    const { x, mean, low, high } = overMembers(run.series, key, against);
    if (several) {
      for (const one of run.series.values()) if (one[key]) found.push({ x: one[against], y: smoothed(one[key], weight), color, width: 0.9, alpha: 0.45 });
      found.push({ name: id, x, y: smoothed(mean, weight), color, dash, width: 2.2, band: { x, low, high } });
    } else {
      if (weight) found.push({ x, y: mean, color, width: 1, alpha: 0.3 });
      found.push({ name: id, x, y: smoothed(mean, weight), color, dash, width: 2 });
    }
  }
  return found;
}

function drawCurves() {
  const seconds = $("against").value === "seconds", log = $("log").getAttribute("aria-pressed") === "true", pale = unticked();
  const along = { whole: !seconds, labelX: seconds ? "time" : "epoch", formatX: seconds ? duration : undefined };
  charts.loss.set(curves("valid_loss", { train: "loss" }), { ...along, log, clip: true, empty: "no epoch yet" }, background(pale, "valid_loss"));
  const heads = [...new Set(state.ticked.flatMap((id) => [...(store.runs.get(id)?.series.values() ?? [])].flatMap(Object.keys)))]
    .filter((key) => key.startsWith("valid_head_losses."));
  options($("which"), [["monitored", "watched by early stopping"], ...heads.map((key) => [key, `loss of ${key.split(".").slice(1).join(".")}`]), ["rows_per_second", "rows per second"]]);
  const which = $("which").value || "monitored";
  charts.other.set(curves(which, { train: which.startsWith("valid_") ? which.replace("valid_", "") : null }), { ...along, clip: true, log: log && which !== "monitored" }, background(pale, which));
  charts.gradient.set(curves("gradient_norm"), { ...along, log: true }, background(pale, "gradient_norm"));
  charts.rate.set(curves("learning_rate"), { ...along, log: true }, background(pale, "learning_rate"));
  $("legend").replaceChildren(...state.ticked.filter((id) => store.runs.has(id)).map((id) => key(id, id)));
}

function key(id, text) {
  const li = document.createElement("li"), { color, dash } = look(id);
  const image = document.createElementNS("http://www.w3.org/2000/svg", "svg"), line = document.createElementNS("http://www.w3.org/2000/svg", "line");
  for (const [name, value] of Object.entries({ width: 22, height: 8 })) image.setAttribute(name, value);
  for (const [name, value] of Object.entries({ x1: 0, x2: 22, y1: 4, y2: 4, stroke: color, "stroke-width": 2.5, "stroke-dasharray": dash.join(" ") })) line.setAttribute(name, value);
  image.append(line);
  li.append(image, document.createTextNode(text));
  return li;
}

let placed = [];

function drawScores() {
  const ids = withScores().filter((id) => scores.every(id).length);
  options($("head"), scores.choices(ids).map((name) => [name, name]));
  const choice = $("head").value;
  $("roc-card").hidden = $("discriminant-card").hidden = !ids.length;
  if (!ids.length) return;
  placed = scores.positions(ids, choice);
  drawSlider();
  const found = ids.map((id) => ({ id, ...look(id), scores: scores.at(id, choice, scores.epoch) })).filter((one) => one.scores);
  const lines = found.map(({ id, color, dash, scores: own }) => {
    const kept = own.background_efficiency.map((one, i) => [own.signal_efficiency[i], one]).filter(([, one]) => one > 0);
    return { name: id, color, dash, width: 2, x: kept.map(([one]) => one), y: kept.map(([, one]) => 1 / one) };
  });
  const guess = Array.from({ length: 50 }, (_, i) => 0.02 * (i + 1)), range = scores.range(ids, choice);
  lines.push({ color: css("--soft"), dash: [2, 3], width: 1, x: guess, y: guess.map((one) => 1 / one), faint: true });
  charts.roc.set(lines, { log: true, labelX: "signal efficiency", range: range.roc });
  $("aucs").replaceChildren(...found.map(({ id, scores: own }) => key(id, `${id}: AUC ${own.auc}`)));
  histogram($("discriminant"), found, range.discriminant);
}

function drawSlider() {
  const last = placed.length - 1, at = scores.epoch === null ? last : placed.findLastIndex((one) => one !== null && one <= scores.epoch);
  $("slider").hidden = last < 1;
  Object.assign($("epoch"), { max: last });
  $("epoch").value = at < 0 ? 0 : at;
  const epoch = placed[$("epoch").value];
  const text = epoch === null ? "end" : `epoch ${epoch}`;
  $("epoch-shown").textContent = text;
  $("epoch").setAttribute("aria-valuetext", text);
  $("discriminant-said").textContent = last < 1 ? "signal filled, background as a line" : `${text}: signal filled, background as a line`;
}

function moveTo(place) {
  scores.epoch = place >= placed.length - 1 ? null : placed[Math.max(0, place)];
  plan("scores");
}

let playing = null;

function play() {
  if (playing === null) {
    if (scores.epoch === null) moveTo(0);
    playing = setInterval(() => { moveTo(Number($("epoch").value) + 1); if (scores.epoch === null) play(); }, 180);
  } else {
    clearInterval(playing);
    playing = null;
  }
  $("play").textContent = playing === null ? "▶" : "❚❚";
  $("play").setAttribute("aria-pressed", String(playing !== null));
}

function drawLayers() {
  const looks = state.details?.vitals ?? [];
  if (!looks.length) return;
  ridges($("weights"), looks, $("layer").value, $("ridge").value);
  heat($("layers"), $("layers-caption"), looks, $("vital").value);
}

function draw() {
  const parts = new Set(due);
  due.clear();
  if (parts.has("list")) drawList();
  drawTiles();
  drawCurves();
  if (parts.has("scores")) drawScores();
  if (parts.has("layers")) drawLayers();
  document.documentElement.dataset.drawn = String([...store.runs.values()].filter((run) => run.series.size).length);
}

// ---------------------------------------------------------------- hands
$("filter").addEventListener("input", () => { state.filter = $("filter").value; plan("list"); });
$("clear").addEventListener("click", clear);
$("figures-fold").addEventListener("toggle", planAll);
for (const id of ["smoothing", "against", "which", "layer", "vital", "head"]) $(id).addEventListener("input", planAll);
$("ridge").addEventListener("input", () => { drawDetails(state.details, store.runs.get(state.focus)?.kind); planAll(); });
$("epoch").addEventListener("input", () => moveTo(Number($("epoch").value)));
$("play").addEventListener("click", play);
$("log").addEventListener("click", toggleLog);
$("help").addEventListener("click", toggleHelp);
window.addEventListener("resize", planAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { planAll(); });

function clear() { state.touched = true; state.ticked = []; planAll(); }
function toggleLog() { $("log").setAttribute("aria-pressed", String($("log").getAttribute("aria-pressed") !== "true")); plan(); }
function toggleHelp() { $("keys").hidden = !$("keys").hidden; $("help").setAttribute("aria-expanded", String(!$("keys").hidden)); }

$("note-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("note").value;
  const answer = await fetch("/note", { method: "POST", body: JSON.stringify({ run: state.focus, text }) }).catch(() => null);
  const said = answer ? await answer.json().catch(() => ({})) : { error: "No connection." };
  $("note-said").textContent = said.error ?? "Written into notes.md.";
  if (!said.error) { $("note").value = ""; ask(); }
});

document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && !/^(checkbox|range)$/.test(event.target.type);
  if (event.key === "Escape" && event.target !== document.body) { event.target.blur(); return; }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const acts = {
    "/": () => $("filter").focus(), "?": toggleHelp, l: toggleLog, c: clear, p: () => { if (placed.length > 1) play(); }, n: () => $("note").focus(),
    x: () => { $("against").value = $("against").value === "epoch" ? "seconds" : "epoch"; plan(); },
  };
  const inList = event.target.closest("#list");
  if (acts[event.key]) { event.preventDefault(); acts[event.key](); return; }
  if ((event.key === "ArrowDown" || event.key === "ArrowUp") && inList) {
    event.preventDefault();
    const boxes = [...$("list").querySelectorAll(event.target.type === "checkbox" ? "input" : "button")], at = boxes.indexOf(event.target);
    boxes[Math.min(boxes.length - 1, Math.max(0, at + (event.key === "ArrowDown" ? 1 : -1)))].focus();
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target === document.body) {
    event.preventDefault();
    $("list").querySelector("input")?.focus();
  }
});

const asAddress = decodeURIComponent(location.hash.slice(1));
if (asAddress) { state.touched = true; state.ticked = [asAddress]; state.focus = asAddress; ask(); }
