// DuckDB-WASM, loaded by the console page only.
import { AsyncDuckDB, DuckDBDataProtocol, VoidLogger } from "@duckdb/duckdb-wasm";

/** Opens the file at `address` for reading; resolves to a function that answers SQL with `{columns, rows}`. */
globalThis.metaboardOpen = async (address) => {
  const here = (name) => new URL(`console/${name}`, document.baseURI).href;
  const database = new AsyncDuckDB(new VoidLogger(), new Worker(here("duckdb-worker.js")));
  await database.instantiate(here("duckdb.wasm"));
  await database.registerFileURL("metaboard.duckdb", address, DuckDBDataProtocol.HTTP, false);
  const connection = await database.connect();
  await connection.query("attach 'metaboard.duckdb' as metaboard (read_only)");
  await connection.query("use metaboard");
  return async (sql, most) => {
    const stream = await connection.send(sql);
    const columns = stream.schema?.fields.map((field) => field.name) ?? [];
    const rows = [];
    for await (const batch of stream) {
      for (const row of batch) {
        if (rows.length >= most) return { columns, rows, more: true };
        rows.push([...row].map(([, value]) => plain(value)));
      }
    }
    return { columns, rows, more: false };
  };
};

/** Arrow's values as text a person can read. */
function plain(value) {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  if (typeof value === "object") return value.toJSON ? JSON.stringify(value.toJSON()) : String(value);
  return typeof value === "bigint" ? Number(value) : value;
}
