// Data come as script files beside the page; see aggregator/site/data_script.py.
const loading = new Map();

/** Loads `data/<name>.js` unless it is there; resolves to its document, null where there is no such file. */
export function load(name) {
  const there = globalThis.metaboardData?.[name];
  if (there) return Promise.resolve(there);
  if (!loading.has(name)) {
    loading.set(name, new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = `data/${name}.js`;
      script.onload = () => resolve(globalThis.metaboardData?.[name] ?? null);
      script.onerror = () => resolve(null);
      document.head.append(script);
    }));
  }
  return loading.get(name);
}

/** Loads `assets/<name>.js` and resolves to the global that it sets. */
export function part(name, global) {
  if (globalThis[global]) return Promise.resolve(globalThis[global]);
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `assets/${name}.js`;
    script.onload = () => resolve(globalThis[global]);
    script.onerror = () => reject(new Error(`assets/${name}.js is missing`));
    document.head.append(script);
  });
}

const column = (packed) => (Array.isArray(packed) ? packed : packed.at.map((at) => (at === null ? null : packed.words[at])));

/** Turns `{rows, columns}` into objects. */
export function unpack(table) {
  const names = Object.keys(table.columns);
  const columns = names.map((name) => column(table.columns[name]));
  return Array.from({ length: table.rows }, (_, row) => {
    const object = { at: row };
    for (let place = 0; place < names.length; place++) object[names[place]] = columns[place][row];
    return object;
  });
}

/** The file of a model's record, by the FNV-1a hash of its id: see aggregator/site/model_data.py. */
export function shard(id) {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(id)) state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  return (state % 256).toString(16).padStart(2, "0");
}
