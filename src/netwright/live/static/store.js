// What is known of the runs: summaries, and the points of their curves as they come.
"use strict";

export class Store {
  constructor(changed, connected) {
    this.runs = new Map();
    this.order = 0; // how often runs came, went or changed their state
    this.source = new EventSource("/events");
    this.source.onerror = () => connected(false);
    this.on("hello", (content) => { this.runs.clear(); this.order++; this.folder = content.folder; connected(true); changed([]); });
    this.on("runs", (content) => {
      for (const one of content) {
        const run = this.runs.get(one.id) ?? { series: new Map(), generation: 0 };
        if (run.state !== one.state || run.id === undefined) this.order++;
        if (one.generation !== undefined && one.generation !== run.generation) run.series.clear();
        this.runs.set(one.id, Object.assign(run, one));
      }
      changed(content.map((one) => one.id));
    });
    this.on("gone", (names) => { for (const name of names) this.runs.delete(name); this.order++; changed(names); });
    this.on("curves", (content) => {
      for (const part of content) this.append(part);
      changed(content.map((part) => part.id));
    });
  }

  on(name, act) {
    this.source.addEventListener(name, (event) => act(JSON.parse(event.data)));
  }

  append(part) {
    const run = this.runs.get(part.id);
    if (!run) return;
    const text = atob(part.data), bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i); // several times as fast as Uint8Array.from
    const values = new Float32Array(bytes.buffer);
    const old = part.from === 0 ? undefined : run.series.get(part.member);
    const columns = {};
    part.keys.forEach((key, i) => {
      const fresh = values.subarray(i * part.n, (i + 1) * part.n), before = old?.[key];
      if (!before) { columns[key] = fresh; return; }
      const joined = new Float32Array(before.length + part.n);
      joined.set(before);
      joined.set(fresh, before.length);
      columns[key] = joined;
    });
    run.series.set(part.member, columns);
  }
}

// The mean of members and the range of all, at the epochs of the one that was trained longest.
export function overMembers(series, key, against) {
  const all = [...series.values()].filter((one) => one[key] && one[key].length);
  const longest = all.reduce((best, one) => (one.epoch.length > best.epoch.length ? one : best), all[0]);
  const n = longest.epoch.length, mean = new Float64Array(n), low = new Float64Array(n), high = new Float64Array(n);
  const at = all.map(() => 0);
  for (let i = 0; i < n; i++) {
    let sum = 0, count = 0, least = Infinity, most = -Infinity;
    all.forEach((one, m) => {
      while (at[m] + 1 < one.epoch.length && one.epoch[at[m]] < longest.epoch[i]) at[m]++;
      const value = one[key][at[m]];
      if (one.epoch[one.epoch.length - 1] < longest.epoch[i] || !Number.isFinite(value)) return;
      sum += value; count++;
      least = Math.min(least, value); most = Math.max(most, value);
    });
    mean[i] = count ? sum / count : NaN; low[i] = count ? least : NaN; high[i] = count ? most : NaN;
  }
  return { x: longest[against], mean, low, high };
}

export function smoothed(values, weight) {
  if (!weight) return values;
  const found = new Float64Array(values.length);
  let sum = 0, norm = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) { sum = weight * sum + (1 - weight) * values[i]; norm = weight * norm + 1 - weight; }
    found[i] = norm ? sum / norm : NaN;
  }
  return found;
}
