// The live page: a list of runs, curves of those that are ticked, and everything about the one in focus.
"use strict";
import { Chart, css, shown } from "./chart.js";
import { heat, histogram, ridges } from "./layers.js";
import { Store, overMembers, smoothed } from "./store.js";

const $ = (id) => document.getElementById(id);
const COLOURS = 8, MOST_LISTED = 400, MOST_FAINT = 300;
const DASHES = [[], [9, 4], [2, 3], [10, 3, 2, 3]];
const speak = (text) => { $("spoken").textContent = text; };

const state = { ticked: [], focus: null, details: null, scores: new Map(), touched: false, filter: "" };
const charts = Object.fromEntries(["loss", "other", "gradient", "rate", "roc"].map((id) => [id, new Chart($(id), speak)]));
let planned = false, took = 0, listPlanned = true, asked = null;

const store = new Store((names) => {
  if (!state.touched) chooseNewest();
  if (state.focus && names.includes(state.focus)) askSoon();
  listPlanned = true;
  plan();
}, (connected) => {
  $("connection").textContent = connected ? "live" : "no connection";
  $("connection").className = `badge ${connected ? "good" : "bad"}`;
});

function plan() {
  if (planned) return;
  planned = true;
  // while many runs arrive at once, half of the time is left for reading them
  setTimeout(() => requestAnimationFrame(() => {
    const began = performance.now();
    planned = false;
    draw();
    took = performance.now() - began;
  }), took > 25 ? took : 0);
}

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
function listed() {
  const wanted = state.filter.toLowerCase();
  const found = [...store.runs.values()].filter((run) => run.id.toLowerCase().includes(wanted) || (run.state ?? "").includes(wanted));
  return found.sort((a, b) => (b.state === "training") - (a.state === "training") || a.id.localeCompare(b.id, undefined, { numeric: true }));
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
  const ticked = state.ticked.includes(run.id);
  found.box.checked = ticked;
  found.box.style.setProperty("--own", ticked ? look(run.id).color : "");
  found.li.className = run.id === state.focus ? "focused" : "";
  found.name.setAttribute("aria-current", run.id === state.focus ? "true" : "false");
  found.left.className = run.state === "training" ? "running" : "";
  found.left.textContent = run.state === "training" ? `epoch ${run.epoch}${run.epochs ? ` of ${run.epochs}` : ""}` : run.state || "…";
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
  listPlanned = true;
  plan();
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
  listPlanned = true;
  ask();
  plan();
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
  drawDetails();
  plan();
  askScores();
}

async function askScores() {
  for (const id of new Set([state.focus, ...state.ticked].slice(0, 9))) {
    const run = store.runs.get(id);
    if (!run || run.state !== "complete" || state.scores.has(id)) continue;
    state.scores.set(id, []);
    const answer = await fetch(`/scores?run=${encodeURIComponent(id)}`).catch(() => null);
    if (answer?.ok) state.scores.set(id, await answer.json());
    plan();
  }
}

const duration = (seconds) => {
  if (seconds === null || seconds === undefined) return "–";
  const whole = Math.round(seconds), hours = Math.floor(whole / 3600), minutes = Math.floor((whole % 3600) / 60);
  return hours ? `${hours} h ${String(minutes).padStart(2, "0")} min` : minutes ? `${minutes} min ${String(whole % 60).padStart(2, "0")} s` : `${whole} s`;
};

function drawTiles() {
  const run = store.runs.get(state.focus);
  if (!run) return;
  const row = state.details?.row;
  $("name").textContent = run.id;
  $("state").textContent = run.state || "reading";
  $("state").className = `badge ${{ training: "good", complete: "soft", incomplete: "caution", unreadable: "bad" }[run.state] ?? "soft"}`;
  $("verdict").textContent = state.details?.verdict ?? "";
  $("progress").hidden = run.state !== "training" || !run.epochs;
  $("progress").value = run.epochs ? run.epoch / run.epochs : 0;
  const tiles = [["epoch", `${run.epoch}${run.epochs ? ` of ${run.epochs}` : ""}`], ["best validation loss", shown(run.best)]];
  if (state.details?.metric) { const [metric, head, value] = state.details.metric; tiles.push([`${metric.replaceAll("_", " ")} of ${head}, test rows`, value]); }
  if (run.state === "training") tiles.push(["time left, at most", duration(run.seconds_left)]);
  tiles.push(["time", duration(run.seconds)], ["rows per second", run.rows_per_second ? Math.round(run.rows_per_second).toLocaleString("en") : "–"]);
  if (run.members > 1) tiles.push(["members", String(run.members)]);
  if (run.best_epochs?.length === 1 && run.best_epochs[0]) tiles.push(["best epoch", String(run.best_epochs[0])]);
  $("tiles").replaceChildren(...tiles.map(([name, value]) => {
    const box = document.createElement("div"), title = document.createElement("dt"), text = document.createElement("dd");
    box.className = "tile";
    title.textContent = name;
    text.textContent = value;
    box.append(title, text);
    return box;
  }));
}

const LOOKS = { FAIL: "bad", WARN: "caution", NOTE: "soft", PASS: "good" };

function finding(one) {
  const box = document.createElement("article"), title = document.createElement("strong"), text = document.createElement("p");
  box.className = LOOKS[one.severity] ?? "soft";
  title.textContent = `${one.severity}  ${one.symptom}`;
  text.textContent = [one.evidence, one.cause, one.remedy].filter(Boolean).join(" ");
  box.append(title, text);
  return box;
}

function drawDetails() {
  const { details } = state;
  const alarms = details.findings.filter((one) => one.severity === "FAIL" || one.severity === "WARN");
  const rest = details.findings.filter((one) => !alarms.includes(one));
  const nodes = alarms.map(finding);
  if (!alarms.length) {
    const fine = document.createElement("p");
    fine.className = details.findings.length ? "good" : "soft";
    fine.textContent = details.findings.length ? "Nothing to worry about." : "Nothing found so far.";
    nodes.push(fine);
  }
  if (rest.length) {
    const more = document.createElement("details"), title = document.createElement("summary");
    title.textContent = `${rest.length} more that ${rest.length === 1 ? "is" : "are"} good to know`;
    more.append(title, ...rest.map(finding));
    nodes.push(more);
  }
  $("findings").replaceChildren(...nodes);
  const layers = [...new Set(details.vitals.flatMap((one) => one.layers.filter((layer) => layer.quantiles?.length === 7).map((layer) => layer.name)))];
  options($("layer"), layers.map((name) => [name, name]));
  $("weights-card").hidden = !layers.length;
  $("layers-card").hidden = !details.vitals.length;
  if (details.vitals.length && !details.vitals.some((look) => look.layers.some((layer) => layer.gradient !== null)) && $("vital").value === "gradient") $("vital").value = "deviation";
  $("parent").textContent = details.row?.[2] || "nothing";
  $("changed").textContent = details.row?.[3] ?? "";
  $("notes").replaceChildren(...details.notes.map((note) => Object.assign(document.createElement("li"), { textContent: note })));
  const figures = details.title ? details.figures : details.figures.filter(([name]) => !/^(loss|vitals)$/.test(name));
  $("figures-card").hidden = !figures.length;
  if (details.title) $("figures-card").querySelector("details").open = true;
  $("figures-title").textContent = details.title || "Figures of the report";
  const key = JSON.stringify([details.id, figures]);
  if ($("figures").dataset.key !== key) {
    $("figures").dataset.key = key;
    $("figures").replaceChildren(...figures.slice(0, 12).map(([name, version]) => {
      const image = document.createElement("img");
      image.loading = "lazy";
      image.alt = name.replaceAll("-", " ");
      image.src = `/figure?run=${encodeURIComponent(details.id)}&name=${encodeURIComponent(name)}&version=${version}`;
      return image;
    }));
  }
}

function options(select, pairs) {
  const key = JSON.stringify(pairs);
  if (select.dataset.key === key) return;
  const before = select.value;
  select.dataset.key = key;
  select.replaceChildren(...pairs.map(([value, text]) => new Option(text, value)));
  if (pairs.some(([value]) => value === before)) select.value = before;
}

// ---------------------------------------------------------------- curves
function curves(key, { train = null } = {}) {
  const against = $("against").value, weight = Number($("smoothing").value), found = [];
  const faint = [...store.runs.values()].filter((run) => !state.ticked.includes(run.id) && run.series.size).slice(-MOST_FAINT);
  for (const run of faint) {
    const one = run.series.values().next().value;
    if (one[key]) found.push({ x: one[against], y: smoothed(one[key], weight), color: css("--soft"), alpha: Math.max(0.07, 0.5 / Math.sqrt(faint.length)), width: 1, faint: state.ticked.length > 0 });
  }
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
  const seconds = $("against").value === "seconds", log = $("log").getAttribute("aria-pressed") === "true";
  const along = { whole: !seconds, labelX: seconds ? "time" : "epoch", formatX: seconds ? duration : undefined };
  charts.loss.set(curves("valid_loss", { train: "loss" }), { ...along, log, clip: true, empty: "no epoch yet" });
  const heads = [...new Set([...store.runs.values()].filter((run) => state.ticked.includes(run.id)).flatMap((run) => [...run.series.values()].flatMap(Object.keys)))]
    .filter((key) => key.startsWith("valid_head_losses."));
  options($("which"), [["monitored", "what early stopping watches"], ...heads.map((key) => [key, `loss of ${key.split(".").slice(1).join(".")}`]), ["rows_per_second", "rows per second"]]);
  const which = $("which").value || "monitored";
  $("heads-title").textContent = which === "monitored" ? "Watched by early stopping" : which === "rows_per_second" ? "Speed" : "Head";
  charts.other.set(curves(which, { train: which.startsWith("valid_") ? which.replace("valid_", "") : null }), { ...along, clip: true, log: log && which !== "monitored" });
  charts.gradient.set(curves("gradient_norm"), { ...along, log: true });
  charts.rate.set(curves("learning_rate"), { ...along, log: true });
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

function drawScores() {
  const ids = [...new Set([...state.ticked, state.focus])].filter((id) => state.scores.get(id)?.length);
  const heads = [...new Set(ids.flatMap((id) => state.scores.get(id).map((one) => `${one.head}, ${one.part} rows`)))];
  options($("head"), heads.map((name) => [name, name]));
  const found = ids.map((id) => ({ id, color: look(id).color, dash: look(id).dash, scores: state.scores.get(id).find((one) => `${one.head}, ${one.part} rows` === $("head").value) })).filter((one) => one.scores);
  $("roc-card").hidden = $("discriminant-card").hidden = !found.length;
  if (!found.length) return;
  const lines = found.map(({ id, color, dash, scores }) => {
    const kept = scores.background_efficiency.map((one, i) => [scores.signal_efficiency[i], one]).filter(([, one]) => one > 0);
    return { name: id, color, dash, width: 2, x: kept.map(([one]) => one), y: kept.map(([, one]) => 1 / one) };
  });
  const guess = Array.from({ length: 50 }, (_, i) => 0.02 * (i + 1));
  lines.push({ color: css("--soft"), dash: [2, 3], width: 1, x: guess, y: guess.map((one) => 1 / one), faint: true });
  charts.roc.set(lines, { log: true, labelX: "signal efficiency", range: { x0: 0, x1: 1 } });
  $("aucs").replaceChildren(...found.map(({ id, scores }) => key(id, `${id}: AUC ${scores.auc}`)));
  histogram($("discriminant"), found);
}

function drawLayers() {
  const looks = state.details?.vitals ?? [];
  if (!looks.length) return;
  ridges($("weights"), looks, $("layer").value);
  heat($("layers"), $("layers-caption"), looks, $("vital").value);
}

function draw() {
  if (listPlanned) { listPlanned = false; drawList(); }
  drawTiles();
  drawCurves();
  drawScores();
  drawLayers();
  document.documentElement.dataset.took = Math.round(took);
  document.documentElement.dataset.drawn = String([...store.runs.values()].filter((run) => run.series.size).length);
}

// ---------------------------------------------------------------- hands
$("filter").addEventListener("input", () => { state.filter = $("filter").value; listPlanned = true; plan(); });
$("clear").addEventListener("click", clear);
$("figures-card").querySelector("details").addEventListener("toggle", plan);
for (const id of ["smoothing", "against", "which", "layer", "vital", "head"]) $(id).addEventListener("input", plan);
$("log").addEventListener("click", toggleLog);
$("help").addEventListener("click", toggleHelp);
window.addEventListener("resize", plan);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { listPlanned = true; plan(); });

function clear() { state.touched = true; state.ticked = []; listPlanned = true; plan(); }
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
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox";
  if (event.key === "Escape" && typing) { event.target.blur(); return; }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const acts = {
    "/": () => $("filter").focus(), "?": toggleHelp, l: toggleLog, c: clear, n: () => $("note").focus(),
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
