// The page of the playground: asks for frames, draws them, and keeps its state in the address.
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
let begin, settings, playing = false, busy = false, points = null, history = [], frames = 0, last = null;

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
  ask(0);
}

async function post(path, extra) {
  const answer = await fetch(path, { method: "POST", body: JSON.stringify({ tab: TAB, settings, ...extra }) });
  const found = await answer.json();
  if (found.error) throw new Error(found.error);
  return found;
}

async function ask(epochs, extra = {}) {
  while (busy) await new Promise((done) => setTimeout(done, 5));
  busy = true;
  try {
    const frame = await post("/frame", { epochs, ...extra });
    $("message").textContent = "";
    if (frame.fresh) { points = frame.points; history = []; }
    history.push([frame.epoch, frame.train, frame.test]);
    show(frame);
    frames += 1;
    document.body.dataset.frames = frames;
    document.body.dataset.epoch = frame.epoch;
  } catch (error) {
    stop();
    $("message").textContent = error.message;
  } finally {
    busy = false;
  }
}

const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
function rgb(hex) { return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)); }
let ONE, ZERO;

function picture(values, side) {
  // rows come from the bottom of the plane upwards
  const image = new ImageData(side, side);
  for (let row = 0; row < side; row++) for (let column = 0; column < side; column++) {
    const value = values[(side - 1 - row) * side + column] / 127.5 - 1, at = 4 * (row * side + column);
    const colour = value > 0 ? ONE : ZERO, strength = Math.abs(value) * 0.75;
    for (let i = 0; i < 3; i++) image.data[at + i] = 240 + (colour[i] - 240) * strength;
    image.data[at + 3] = 255;
  }
  return image;
}

function canvasOf(values, side) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  canvas.getContext("2d").putImageData(picture(values, side), 0, 0);
  return canvas;
}

function showPlane(frame) {
  const canvas = $("plane"), draw = canvas.getContext("2d"), size = canvas.width, scale = size / 12;
  draw.imageSmoothingEnabled = true;
  draw.drawImage(canvasOf(bytes(frame.boundary), frame.grid), 0, 0, size, size);
  const test = $("show-test").checked;
  points.x.forEach((x, i) => {
    if (!points.train[i] && !test) return;
    draw.beginPath();
    draw.arc((x + 6) * scale, (6 - points.y[i]) * scale, points.train[i] ? 3 : 2.2, 0, 7);
    draw.fillStyle = points.label[i] > (settings.data.includes("plane") || settings.data.includes("multi") ? 0 : 0.5) ? style("--signal") : style("--background");
    draw.strokeStyle = points.train[i] ? "#fff" : "#222";
    draw.fill();
    draw.stroke();
  });
}

const NS = "http://www.w3.org/2000/svg";
function svg(kind, attributes, text) {
  const node = document.createElementNS(NS, kind);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

function showGraph(frame) {
  const layers = Object.entries(frame.units), side = 34, gap = 46, step = 96;
  const columns = [settings.features.length, ...layers.map(([, units]) => units.length), 1];
  const height = gap * Math.max(...columns) + 30, width = step * (columns.length - 1) + side + 60;
  const graph = $("graph");
  graph.replaceChildren();
  graph.setAttribute("viewBox", `0 0 ${width} ${height}`);
  graph.setAttribute("width", width);
  graph.setAttribute("height", height);
  const at = (column, unit) => [20 + step * column, 20 + (height - 20 - gap * columns[column]) / 2 + gap * unit];
  const chain = settings.body === "dense" ? Object.values(frame.weights) : [];
  chain.forEach((matrix, column) => matrix.forEach((line, from) => line.forEach((weight, to) => {
    if (from >= columns[column] || to >= columns[column + 1]) return;
    const [x, y] = at(column, from), [u, v] = at(column + 1, to), middle = (x + side + u) / 2;
    const path = `M${x + side},${y + side / 2}C${middle},${y + side / 2} ${middle},${v + side / 2} ${u},${v + side / 2}`;
    const thick = Math.min(8, 0.3 + 2 * Math.abs(weight));
    const line_ = svg("path", { d: path, class: weight > 0 ? "positive" : "negative", "stroke-width": thick.toFixed(2), "stroke-opacity": 0.6 });
    line_.append(svg("title", {}, `weight ${weight}`));
    graph.append(line_);
  })));
  settings.features.forEach((name, i) => {
    const [x, y] = at(0, i);
    graph.append(svg("rect", { x, y, width: side, height: side, rx: 4 }), svg("text", { x: x + side / 2, y: y + side / 2 + 4 }, FEATURES[name]));
  });
  layers.forEach(([, units], layer) => units.forEach((unit, i) => {
    const [x, y] = at(layer + 1, i), values = bytes(unit), dead = values.every((value) => value === values[0]);
    const image = svg("image", { x, y, width: side, height: side });
    image.setAttribute("href", canvasOf(values, frame.small).toDataURL());
    graph.append(image, svg("rect", { x, y, width: side, height: side, class: dead ? "dead" : "" }));
  }));
  const [x, y] = at(columns.length - 1, 0);
  graph.append(svg("rect", { x, y, width: side, height: side, rx: 17 }), svg("text", { x: x + side / 2, y: y + side / 2 + 4 }, "out"));
}

function showLosses() {
  const canvas = $("losses"), draw = canvas.getContext("2d"), { width, height } = canvas;
  draw.clearRect(0, 0, width, height);
  const values = history.flatMap(([, a, b]) => [a, b]).filter((one) => one !== null);
  const top = Math.max(...values, 1e-6) * 1.05, last = Math.max(1, history.at(-1)[0]);
  draw.strokeStyle = style("--line");
  draw.strokeRect(0.5, 0.5, width - 1, height - 1);
  for (const [place, colour] of [[1, "--curve-0"], [2, "--curve-1"]]) {
    draw.beginPath();
    draw.strokeStyle = style(colour);
    draw.lineWidth = 2;
    history.forEach((one) => draw.lineTo((one[0] / last) * width, height - (Math.min(one[place] ?? top, top) / top) * height));
    draw.stroke();
  }
  draw.fillStyle = style("--soft");
  draw.fillText(top.toPrecision(3), 4, 12);
}

function showNorms(norms) {
  const most = Math.max(...Object.values(norms).filter((one) => one !== null), 1e-12);
  $("norms").replaceChildren(...Object.entries(norms).map(([name, norm]) => {
    const row = document.createElement("div"), meter = document.createElement("meter"), text = document.createElement("span");
    row.className = "norm";
    meter.value = norm === null ? 0 : norm / most;
    text.className = "number";
    text.textContent = norm === null ? "not finite" : norm < 0.001 ? norm.toExponential(1) : norm.toPrecision(2);
    row.append(name.replace("body-hidden-", "layer ").replace("label-raw", "output"), meter, text);
    return row;
  }));
}

function show(frame) {
  last = frame;
  [ONE, ZERO] = [rgb(style("--signal")), rgb(style("--background"))];
  $("epoch").textContent = frame.epoch;
  $("train").textContent = frame.train === null ? "not finite" : frame.train.toFixed(3);
  $("test").textContent = frame.test === null ? "not finite" : frame.test.toFixed(3);
  $("dead").textContent = frame.dead;
  if (frame.train === null) { stop(); $("message").textContent = "The loss is not finite any more: lower the learning rate, and restart."; }
  showPlane(frame);
  if (!playing || frames % 3 === 0) showGraph(frame); // the answer is drawn every time, units every third
  showLosses();
  showNorms(frame.norms);
  for (const item of $("steps").children) {
    const epoch = frame.reached[item.dataset.name];
    item.classList.toggle("reached", epoch !== undefined);
    item.querySelector("span").textContent = epoch === undefined ? "" : ` Reached (epoch ${epoch}).`;
  }
}

function stop() {
  playing = false;
  if (last) showGraph(last);
  $("play").textContent = "Train";
  $("play").setAttribute("aria-pressed", "false");
}

async function play() {
  if (playing) { stop(); return; }
  playing = true;
  $("play").textContent = "Pause";
  $("play").setAttribute("aria-pressed", "true");
  while (playing) {
    await ask(Number($("speed").value));
    await new Promise(requestAnimationFrame);
  }
}

async function start() {
  begin = await (await fetch("/begin")).json();
  settings = fromAddress();
  const controls = () => $("controls").replaceChildren(...ORDER.map(control));
  controls();
  $("steps").append(...begin.steps.map(({ name, text }) => {
    const item = document.createElement("li");
    item.dataset.name = name;
    item.append(text, document.createElement("span"));
    return item;
  }));
  $("play").addEventListener("click", play);
  $("step").addEventListener("click", () => ask(1));
  $("restart").addEventListener("click", () => ask(0, { restart: true }));
  $("show-test").addEventListener("change", () => ask(0));
  $("controls").addEventListener("submit", (event) => event.preventDefault());
  $("home").addEventListener("click", async () => {
    try {
      const { written } = await post("/take-home", {});
      $("message").textContent = `Written: ${written}. Train it: netwright train ${written}`;
    } catch (error) { $("message").textContent = error.message; }
  });
  addEventListener("hashchange", () => { settings = fromAddress(); controls(); ask(0); });
  addEventListener("keydown", (event) => {
    if (event.key === " " && event.target === document.body) { event.preventDefault(); play(); }
  });
  await ask(0);
}

start();
