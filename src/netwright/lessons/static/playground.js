// The page of the playground: asks for frames, draws them, and keeps its state in the address.
import { drawLosses, drawPlane, onScheme, pointsOn } from "./drawing.js";
import { drawGraph } from "./graph.js";

const $ = (id) => document.getElementById(id);
const TAB = crypto.randomUUID();
const FEATURES = { x: "x", y: "y", x2: "x²", y2: "y²", xy: "x·y", sin_x: "sin x", sin_y: "sin y" };
const CHOICES = {
  learning_rate: [0.00001, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
  l1: [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1], l2: [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1],
  dropout: [0, 0.1, 0.2, 0.3, 0.5], noise: [0, 0.1, 0.2, 0.3, 0.4, 0.5],
  train_share: [0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9], rows: [50, 100, 200, 500, 1000, 2000, 5000],
  batch_size: [1, 5, 10, 30, 100, 500], members: [1, 2, 3, 5, 8],
};
const ORDER = ["data", "noise", "rows", "train_share", "seed", "features", "layers", "body", "activation", "initial",
  "batch_normalisation", "dropout", "l1", "l2", "members", "optimizer", "learning_rate", "schedule", "batch_size"];
let begin, settings, playing = false, points = null, over = null, history = [], frames = 0, last = null;

function choicesOf(key) {
  const found = begin.schema[key];
  if (found.enum) return found.enum.filter((one) => one !== "own" || begin.own);
  return CHOICES[key];
}

function fromAddress() {
  const given = new URLSearchParams(location.hash.slice(1)), result = { ...begin.defaults };
  for (const key of ORDER) {
    if (!given.has(key)) continue;
    const text = given.get(key), fallback = begin.defaults[key];
    if (key === "layers") result[key] = text.split(",").filter(Boolean).map(Number);
    else if (Array.isArray(fallback)) result[key] = text.split(",").filter(Boolean);
    else result[key] = typeof fallback === "number" ? Number(text) : text;
  }
  return result;
}

function toAddress() {
  const changed = ORDER.filter((key) => String(settings[key]) !== String(begin.defaults[key]));
  const text = changed.map((key) => `${key}=${encodeURIComponent(String(settings[key]))}`).join("&");
  globalThis.history.replaceState(null, "", `#${text}`);
}

function control(key) {
  const label = document.createElement("label");
  label.title = begin.schema[key].description;
  label.append(key.replaceAll("_", " "));
  let input;
  const choices = choicesOf(key);
  if (key === "features") {
    input = document.createElement("fieldset");
    const legend = document.createElement("legend");
    legend.textContent = "features";
    input.append(legend);
    for (const [name, shown] of Object.entries(FEATURES)) {
      const one = document.createElement("label"), box = document.createElement("input");
      Object.assign(box, { type: "checkbox", checked: settings.features.includes(name), id: `feature-${name}` });
      box.addEventListener("change", () => {
        const left = Object.keys(FEATURES).filter((f) => $(`feature-${f}`).checked);
        if (left.length) change("features", left); else box.checked = true;
      });
      one.append(box, shown);
      input.append(one);
    }
    return input;
  }
  if (choices) {
    input = document.createElement("select");
    const all = choices.includes(settings[key]) ? choices : [...choices, settings[key]];
    for (const choice of all) input.append(new Option(String(choice), String(choice), false, choice === settings[key]));
  } else {
    input = document.createElement("input");
    input.type = key === "layers" ? "text" : "number";
    input.value = String(settings[key]);
  }
  input.id = key;
  input.addEventListener("change", () => {
    const text = input.value;
    if (key === "layers") change(key, text.split(/[ ,]+/).filter(Boolean).map(Number));
    else change(key, typeof begin.defaults[key] === "number" ? Number(text) : text);
  });
  label.append(input);
  return label;
}

function change(key, value) {
  settings = { ...settings, [key]: value };
  toAddress();
  askAndShow(0);
}

async function post(path, extra) {
  const answer = await fetch(path, { method: "POST", body: JSON.stringify({ tab: TAB, settings, ...extra }) });
  const found = await answer.json();
  if (found.error) throw new Error(found.error);
  return found;
}

let queue = Promise.resolve(); // one request at a time, in the order in which they were asked for
function ask(epochs, extra = {}) {
  const answered = queue.then(async () => {
    const asked = settings;
    return { asked, frame: await post("/frame", { epochs, ...extra }) };
  }).catch((error) => {
    stop();
    $("message").textContent = error.message;
    return null;
  });
  queue = answered;
  return answered;
}

async function askAndShow(epochs, extra) { show(await ask(epochs, extra)); }

// what was asked for with other settings is not shown: another frame is on its way
function show(answer) {
  if (answer === null) return;
  const { frame } = answer;
  if (frame.fresh) { points = frame.points; over = null; history = []; }
  if (answer.asked !== settings) return;
  history.push([frame.epoch, frame.train, frame.test]);
  last = frame;
  $("message").textContent = "";
  $("epoch").textContent = frame.epoch;
  $("train").textContent = frame.train === null ? "not finite" : frame.train.toFixed(3);
  $("test").textContent = frame.test === null ? "not finite" : frame.test.toFixed(3);
  $("dead").textContent = frame.dead;
  if (frame.train === null) { stop(); $("message").textContent = "The loss is no longer finite: lower the learning rate and restart."; }
  draw();
  showNorms(frame.norms);
  for (const item of $("steps").children) {
    const epoch = frame.reached[item.dataset.name];
    item.classList.toggle("reached", epoch !== undefined);
    item.querySelector("span").textContent = epoch === undefined ? "" : ` Reached (epoch ${epoch}).`;
  }
  frames += 1;
  document.body.dataset.frames = frames;
  document.body.dataset.epoch = frame.epoch;
}

function draw() {
  if (last === null) return;
  over ??= pointsOn($("plane").width, points, points.classes ? 0.5 : 0, $("show-test").checked);
  drawPlane($("plane"), last, over);
  const names = settings.features.map((name) => FEATURES[name]);
  drawGraph($("graph"), $("units"), last, names, settings.body === "dense", !playing);
  drawLosses($("losses"), history);
}

function showNorms(norms) {
  const most = Math.max(...Object.values(norms).filter((one) => one !== null), 1e-12), names = Object.keys(norms);
  if ($("norms").dataset.names !== String(names)) {
    $("norms").dataset.names = String(names);
    $("norms").replaceChildren(...names.map((name) => {
      const row = document.createElement("div"), text = document.createElement("span");
      row.className = "norm";
      text.className = "number";
      row.append(name.replace("body-hidden-", "layer ").replace("label-raw", "output"), document.createElement("meter"), text);
      return row;
    }));
  }
  Object.values(norms).forEach((norm, i) => {
    const [meter, text] = $("norms").children[i].children;
    meter.value = norm === null ? 0 : norm / most;
    text.textContent = norm === null ? "not finite" : norm < 0.001 ? norm.toExponential(1) : norm.toPrecision(2);
  });
}

function stop() {
  playing = false;
  draw();
  $("play").textContent = "Train";
  $("play").setAttribute("aria-pressed", "false");
}

async function play() {
  if (playing) { stop(); return; }
  playing = true;
  $("play").textContent = "Pause";
  $("play").setAttribute("aria-pressed", "true");
  let coming = ask(Number($("speed").value));
  while (playing) {
    const answer = await coming;
    if (playing) coming = ask(Number($("speed").value)); // the network learns while this frame is drawn
    show(answer);
    await new Promise(requestAnimationFrame);
  }
  show(await coming);
}

async function start() {
  begin = await (await fetch("/begin")).json();
  settings = fromAddress();
  onScheme(() => { over = null; draw(); });
  const controls = () => $("controls").replaceChildren(...ORDER.map(control));
  controls();
  $("steps").append(...begin.steps.map(({ name, text }) => {
    const item = document.createElement("li");
    item.dataset.name = name;
    item.append(text, document.createElement("span"));
    return item;
  }));
  $("play").addEventListener("click", play);
  $("step").addEventListener("click", () => askAndShow(1));
  $("restart").addEventListener("click", () => askAndShow(0, { restart: true }));
  $("show-test").addEventListener("change", () => { over = null; draw(); });
  $("controls").addEventListener("submit", (event) => event.preventDefault());
  $("home").addEventListener("click", async () => {
    await queue; // a frame that was asked for before would wipe the message away
    try {
      const { written, remark } = await post("/take-home", {});
      $("message").textContent = `Written: ${written}. Train it: netwright train ${written}. ${remark}`.trim();
    } catch (error) { $("message").textContent = error.message; }
  });
  addEventListener("hashchange", () => { settings = fromAddress(); controls(); askAndShow(0); });
  addEventListener("keydown", (event) => {
    if (event.key === " " && event.target === document.body) { event.preventDefault(); play(); }
  });
  await askAndShow(0);
}

start();
