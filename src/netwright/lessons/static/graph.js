// The network: a picture for each unit, and a line for each weight. What does not change is made once.
import { bytes, picture } from "./drawing.js";

const NS = "http://www.w3.org/2000/svg", SIDE = 34, GAP = 46, STEP = 96;
let made = "", lines = [], frames = [];

function svg(kind, attributes, text) {
  const node = document.createElementNS(NS, kind);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

function places(columns) {
  const height = GAP * Math.max(...columns) + 30, width = STEP * (columns.length - 1) + SIDE + 60;
  const at = (column, unit) => [20 + STEP * column, 20 + (height - 20 - GAP * columns[column]) / 2 + GAP * unit];
  return { at, width, height };
}

function make(graph, canvas, names, columns, chain) {
  const { at, width, height } = places(columns);
  graph.replaceChildren();
  for (const [key, value] of Object.entries({ viewBox: `0 0 ${width} ${height}`, width, height })) graph.setAttribute(key, value);
  [canvas.width, canvas.height] = [width, height];
  lines = chain.map((matrix, column) => matrix.map((row, from) => row.map((_, to) => {
    if (from >= columns[column] || to >= columns[column + 1]) return null;
    const [x, y] = at(column, from), [u, v] = at(column + 1, to), middle = (x + SIDE + u) / 2;
    const line = svg("path", { d: `M${x + SIDE},${y + SIDE / 2}C${middle},${y + SIDE / 2} ${middle},${v + SIDE / 2} ${u},${v + SIDE / 2}` });
    line.append(svg("title", {}));
    graph.append(line);
    return line;
  })));
  frames = columns.map((count, column) => Array.from({ length: count }, (_, unit) => {
    const [x, y] = at(column, unit), last = column === columns.length - 1;
    const rect = svg("rect", { x, y, width: SIDE, height: SIDE, rx: last ? 17 : column ? 0 : 4 });
    graph.append(rect);
    if (last || !column) graph.append(svg("text", { x: x + SIDE / 2, y: y + SIDE / 2 + 4 }, last ? "out" : names[unit]));
    return rect;
  }));
}

// graph: an SVG with lines and frames, over a canvas of the same size with the pictures; titles only where there is time
export function drawGraph(graph, canvas, frame, names, dense, titles) {
  const layers = Object.values(frame.units), chain = dense ? Object.values(frame.weights) : [];
  const columns = [names.length, ...layers.map((units) => units.length), 1];
  const key = JSON.stringify([names, columns, dense]);
  if (key !== made) make(graph, canvas, names, columns, chain);
  made = key;
  lines.forEach((matrix, column) => matrix.forEach((row, from) => row.forEach((line, to) => {
    if (line === null) return;
    const weight = chain[column][from][to], kind = weight > 0 ? "positive" : "negative";
    if (line.getAttribute("class") !== kind) line.setAttribute("class", kind);
    line.setAttribute("stroke-width", Math.min(8, 0.3 + 2 * Math.abs(weight)).toFixed(1));
    if (titles) line.firstChild.textContent = `weight ${weight}`;
  })));
  const draw = canvas.getContext("2d"), { at } = places(columns);
  layers.forEach((units, layer) => units.forEach((unit, i) => {
    const [x, y] = at(layer + 1, i), values = bytes(unit), dead = values.every((value) => value === values[0]);
    draw.drawImage(picture(values, frame.small), x, y, SIDE, SIDE);
    if (frames[layer + 1][i].classList.contains("dead") !== dead) frames[layer + 1][i].classList.toggle("dead", dead);
  }));
}
