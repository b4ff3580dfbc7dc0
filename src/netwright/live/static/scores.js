// ROC curves and discriminants: those at the end of a run, and those of validation rows at the end of epochs.
"use strict";

const MOST_RUNS = 9;
const numbers = new Intl.Collator("en", { numeric: true });

// Validation rows before test rows, the whole before its members, member 2 before member 10.
const inOrder = (a, b) => b.includes(" valid rows") - a.includes(" valid rows") || numbers.compare(a, b);

export class Scores {
  constructor(changed) {
    this.changed = changed;
    this.final = new Map(); // by run: [{head, part, auc, signal_efficiency, ...}]
    this.looks = new Map(); // by run: the same with epoch
    this.ranges = new Map(); // of axes, by what they are of
    this.epoch = null; // what the slider was moved to; null follows the training
  }

  // Ask for what is shown of these runs, and is not known yet or may have grown.
  async ask(runs) {
    await Promise.all(runs.slice(0, MOST_RUNS).map(async (run) => {
      const ended = run.state === "complete";
      if (!this.looks.get(run.id)?.ended) await this.fetched("/epochs", run.id, (found) => this.looks.set(run.id, Object.assign(found, { ended })));
      if (ended && !this.final.has(run.id)) await this.fetched("/scores", run.id, (found) => this.final.set(run.id, found));
    }));
    this.changed();
  }

  async fetched(path, id, keep) {
    const answer = await fetch(`${path}?run=${encodeURIComponent(id)}`).catch(() => null);
    if (!answer?.ok) return;
    keep(await answer.json());
    this.ranges.clear();
  }

  every(id) { return [...(this.looks.get(id) ?? []), ...(this.final.get(id) ?? [])]; }

  // Heads and rows that can be chosen.
  choices(ids) { return [...new Set(ids.flatMap((id) => this.every(id).map(title)))].sort(inOrder); }

  // The positions of the slider: epochs, and null for the end of a run.
  positions(ids, choice) {
    const found = ids.flatMap((id) => (this.looks.get(id) ?? []).filter((one) => title(one) === choice).map((one) => one.epoch));
    const epochs = [...new Set(found)].sort((a, b) => a - b);
    return ids.some((id) => this.final.get(id)?.some((one) => title(one) === choice)) ? [...epochs, null] : epochs;
  }

  // What a run said at the end of an epoch or, without one, last.
  at(id, choice, epoch) {
    const looks = (this.looks.get(id) ?? []).filter((one) => title(one) === choice);
    const last = this.final.get(id)?.find((one) => title(one) === choice) ?? looks.at(-1);
    return epoch === null ? last : looks.filter((one) => one.epoch <= epoch).at(-1) ?? looks[0] ?? last;
  }

  // The range of all that the slider can show, so that axes stay where they are.
  range(ids, choice) {
    const key = JSON.stringify([ids, choice]);
    if (!this.ranges.has(key)) this.ranges.set(key, this.measured(ids, choice));
    return this.ranges.get(key);
  }

  measured(ids, choice) {
    const every = ids.flatMap((id) => this.every(id)).filter((one) => title(one) === choice);
    const densities = every.flatMap((one) => [...one.signal_density, ...one.background_density]).filter((one) => one > 0);
    const rejections = every.flatMap((one) => one.background_efficiency.filter((eff) => eff > 0).map((eff) => 1 / eff));
    const most = (values) => values.reduce((a, b) => Math.max(a, b), 1e-9);
    if (!densities.length) densities.push(1e-3, 1);
    return {
      roc: { x0: 0, x1: 1, y0: 0.9, y1: 1.3 * Math.max(10, most(rejections)) },
      discriminant: {
        x0: Math.min(...every.map((one) => one.edges[0])), x1: Math.max(...every.map((one) => one.edges.at(-1))),
        y0: Math.max(densities.reduce((a, b) => Math.min(a, b), Infinity), most(densities) / 1e4) / 1.5, y1: 2 * most(densities),
      },
    };
  }
}

function title(one) { return `${one.head}, ${one.part} rows${one.member === undefined ? "" : `, member ${one.member + 1}`}`; }
