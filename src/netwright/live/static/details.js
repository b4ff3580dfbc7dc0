// What is known of one run besides its curves: findings, changes, notes and figures.
"use strict";

const $ = (id) => document.getElementById(id);
const LOOKS = { FAIL: "bad", WARN: "caution", NOTE: "soft", PASS: "good" };
const TITLES = { search: "The search", scan: "The scan" };
const MOST_FIGURES = 12;

function element(name, text, className = "") {
  return Object.assign(document.createElement(name), { textContent: text, className });
}

function finding(one) {
  const box = element("article", "", LOOKS[one.severity] ?? "soft");
  box.append(element("strong", `${one.severity}  ${one.symptom}`), element("p", [one.evidence, one.cause, one.remedy].filter(Boolean).join(" ")));
  return box;
}

function drawFindings(findings) {
  const alarms = findings.filter((one) => one.severity === "FAIL" || one.severity === "WARN");
  const rest = findings.filter((one) => !alarms.includes(one));
  const nodes = alarms.map(finding);
  if (!alarms.length) nodes.push(findings.length ? element("p", "Nothing to worry about.", "good") : element("p", "Nothing found so far.", "soft"));
  if (rest.length) {
    const more = document.createElement("details");
    more.append(element("summary", `${rest.length} more that ${rest.length === 1 ? "is" : "are"} good to know`), ...rest.map(finding));
    nodes.push(more);
  }
  $("findings").replaceChildren(...nodes);
}

function drawFigures(details, kind) {
  const own = TITLES[kind], figures = own ? details.figures : details.figures.filter(([name]) => !/^(loss|vitals)$/.test(name));
  $("figures-card").hidden = !own && !figures.length;
  if (own) $("figures-fold").open = true;
  $("figures-title").textContent = own ?? "Figures of the report";
  $("sentences").replaceChildren(...details.sentences.map((text) => element("p", text)));
  if (own && !figures.length) $("sentences").append(element("p", "Its figures appear here as soon as they are drawn, and are drawn again while it goes on.", "soft"));
  const key = JSON.stringify([details.id, figures]);
  if ($("figures").dataset.key === key) return;
  $("figures").dataset.key = key;
  $("figures").replaceChildren(...figures.slice(0, MOST_FIGURES).map(([name, version]) => {
    const image = document.createElement("img");
    image.loading = "lazy";
    image.alt = name.replaceAll("-", " ");
    image.src = `/figure?run=${encodeURIComponent(details.id)}&name=${encodeURIComponent(name)}&version=${version}`;
    return image;
  }));
}

export function options(select, pairs) {
  const key = JSON.stringify(pairs);
  if (select.dataset.key === key) return;
  const before = select.value;
  select.dataset.key = key;
  select.replaceChildren(...pairs.map(([value, text]) => new Option(text, value)));
  if (pairs.some(([value]) => value === before)) select.value = before;
}

// Distributions of weights and of gradients, where they were looked at.
function drawChoices(vitals) {
  const has = (key) => vitals.some((look) => look.layers.some((layer) => layer[key]?.length === 7));
  options($("ridge"), [["quantiles", "weights"], ["gradient_quantiles", "gradients"]].filter(([key]) => has(key)));
  const key = $("ridge").value;
  $("ridge").hidden = $("ridge").options.length < 2;
  $("ridge-title").textContent = key === "gradient_quantiles" ? "Gradients" : "Weights";
  options($("layer"), [...new Set(vitals.flatMap((look) => look.layers.filter((layer) => layer[key]?.length === 7).map((layer) => layer.name)))].map((name) => [name, name]));
  $("weights-card").hidden = !$("layer").options.length;
  $("layers-card").hidden = !vitals.length;
  const measured = (name) => vitals.some((look) => look.layers.some((layer) => layer[name] !== null && layer[name] !== undefined));
  if (vitals.length && !measured("gradient") && $("vital").value === "gradient") $("vital").value = "deviation";
}

export function drawDetails(details, kind) {
  drawFindings(details.findings);
  drawChoices(details.vitals);
  drawFigures(details, kind);
  $("parent").textContent = details.row?.[2] ? `against ${details.row[2]}` : "";
  $("changed").textContent = details.row?.[3] ?? "";
  $("notes").replaceChildren(...details.notes.map((note) => element("li", note)));
}
