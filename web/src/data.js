// Loads data, which are script files beside the page: see aggregator/site/data_script.py.
import { el } from "./dom.js";

const loading = new Map();

/** Loads a script; rejects when the file is missing. */
export function loadScript(src) {
  return new Promise((resolve, reject) => {
    document.head.append(el("script", { src, onload: resolve, onerror: () => reject(new Error(`${src} is missing`)) }));
  });
}

/** Loads `data/<name>.js` once; resolves to its document, or to null when the file is missing. */
export function load(name) {
  const loaded = globalThis.metaboardData?.[name];
  if (loaded) return Promise.resolve(loaded);
  if (!loading.has(name)) {
    loading.set(name, loadScript(`data/${name}.js`).then(() => globalThis.metaboardData?.[name] ?? null, () => null));
  }
  return loading.get(name);
}

/** Returns the values of a packed column of `length` rows: see `pack_column` in aggregator/site/data_script.py. */
export function unpackColumn(packed, length) {
  if (Array.isArray(packed)) return packed;
  if (packed.words) return packed.at.map((at) => (at === null ? null : packed.words[at]));
  const full = new Array(length).fill(null);
  unpackColumn(packed.values, packed.rows.length).forEach((value, place) => { full[packed.rows[place]] = value; });
  return full;
}

/** Turns `{rows, columns}` into one object per row; `at` is the position of the row. */
export function unpack(table) {
  const names = Object.keys(table.columns);
  const columns = names.map((name) => unpackColumn(table.columns[name], table.rows));
  return Array.from({ length: table.rows }, (_, row) => {
    const object = { at: row };
    for (let place = 0; place < names.length; place++) object[names[place]] = columns[place][row];
    return object;
  });
}

/** Returns the name of a model's file, the FNV-1a hash of its id: see aggregator/site/model_data.py. */
export function shardName(id) {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(id)) state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  return (state % 256).toString(16).padStart(2, "0");
}
