// Builds the front end into aggregator/site/assets. With --check, compares the files there with a new build.
// With --console, builds the files of the SQL console into web/console.
import { build } from "esbuild";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const assets = join(here, "../aggregator/site/assets");
const duckdb = join(here, "node_modules/@duckdb/duckdb-wasm/dist");

// Classic scripts, because a page opened from a folder cannot load modules.
const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  target: ["chrome123", "firefox121", "safari17.5"],
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  write: false,
  logLevel: "warning",
};
const scripts = [
  { entryPoints: ["src/boot.js"], format: "iife" },
  { entryPoints: ["src/app.js"], format: "iife" },
  { entryPoints: ["src/table.js"], format: "iife", globalName: "metaboardTable" },
  { entryPoints: ["src/plot.js"], format: "iife", globalName: "metaboardPlot" },
  { entryPoints: ["src/style.css"], loader: { ".woff2": "file" }, assetNames: "[name]" },
];

async function buildAssets() {
  const files = new Map();
  const packages = new Set();
  for (const options of scripts) {
    const result = await build({ ...common, ...options, outdir: assets });
    for (const file of result.outputFiles) files.set(basename(file.path), Buffer.from(file.contents));
    for (const input of Object.keys(result.metafile.inputs)) {
      const found = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/);
      if (found) packages.add(found[1]);
    }
  }
  files.set("THIRD-PARTY.txt", Buffer.from(await licenceNotices([...packages].sort())));
  return files;
}

async function licenceNotices(packages) {
  const parts = [];
  for (const name of packages) {
    const folder = join(here, "node_modules", name);
    const about = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? (await readFile(join(folder, file), "utf8")).trim() : `Licence: ${about.license}`;
    parts.push(`${name} ${about.version}\n${"=".repeat(60)}\n${text}\n`);
  }
  return parts.join("\n\n");
}

async function writeAssets() {
  const files = await buildAssets();
  await rm(assets, { recursive: true, force: true });
  await mkdir(assets, { recursive: true });
  for (const [name, content] of files) await writeFile(join(assets, name), content);
  const size = [...files.values()].reduce((sum, content) => sum + content.length, 0);
  console.log(`${files.size} files, ${Math.round(size / 1000)} kB`);
}

async function checkAssets() {
  const files = await buildAssets();
  const present = existsSync(assets) ? await readdir(assets) : [];
  const wrong = new Set(present.filter((name) => !files.has(name)));
  for (const [name, content] of files) {
    if (!present.includes(name) || !content.equals(await readFile(join(assets, name)))) wrong.add(name);
  }
  if (wrong.size) {
    console.error(`differ from web/src: ${[...wrong].join(", ")}; run \`make site-assets\``);
    process.exit(1);
  }
  console.log(`${files.size} files match web/src`);
}

async function buildConsole() {
  const to = join(here, "console");
  await mkdir(to, { recursive: true });
  await build({ ...common, entryPoints: ["src/duckdb.js"], format: "iife", outdir: to, write: true });
  await copyFile(join(duckdb, "duckdb-browser-eh.worker.js"), join(to, "duckdb-worker.js"));
  await copyFile(join(duckdb, "duckdb-eh.wasm"), join(to, "duckdb.wasm"));
  console.log("the files of the SQL console are in web/console");
}

const [, , mode] = process.argv;
await (mode === "--check" ? checkAssets() : mode === "--console" ? buildConsole() : writeAssets());
