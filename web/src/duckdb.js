// Builds console/duckdb.js: DuckDB-WASM for the SQL console.
import { AsyncDuckDB, DuckDBDataProtocol, VoidLogger } from "@duckdb/duckdb-wasm";

/** Opens the file at `address` read-only; resolves to a function that runs SQL and returns `{columns, rows, more}`. */
globalThis.metaboardOpen = async (address) => {
  const urlOf = (name) => new URL(`console/${name}`, document.baseURI).href;
  const database = new AsyncDuckDB(new VoidLogger(), new Worker(urlOf("duckdb-worker.js")));
  await database.instantiate(urlOf("duckdb.wasm"));
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
        rows.push([...row].map(([, value]) => toPlain(value)));
      }
    }
    return { columns, rows, more: false };
  };
};

/** Converts a value of Arrow to a number or a readable text. */
function toPlain(value) {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  if (typeof value === "object") return value.toJSON ? JSON.stringify(value.toJSON()) : String(value);
  return typeof value === "bigint" ? Number(value) : value;
}
