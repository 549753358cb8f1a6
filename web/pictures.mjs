// Takes the screenshots in docs/pictures of a built site: `node pictures.mjs SITE [TO] [NAME…]`.
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join, resolve } from "node:path";
import { launch, ready, serve } from "./tests/browser.mjs";

const [site, to = fileURLToPath(new URL("../docs/pictures", import.meta.url)), ...only] = process.argv.slice(2);
const MODEL = encodeURIComponent("Qwen/Qwen2.5-72B-Instruct");
const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const pictures = [
  ["leaderboard-light", "index.html", WIDE, "light"],
  ["leaderboard-dark", "index.html#kind=pretrained&open=1", WIDE, "dark"],
  ["leaderboard-phone", "index.html", PHONE, "light"],
  ["weights", "index.html#w=arena_text_style_control:0.5,open_llm_v2:3&pin=Qwen/Qwen2.5-72B-Instruct%7Cmeta-llama/Llama-3.1-70B-Instruct", WIDE, "light"],
  ["model-light", `model.html?id=${MODEL}`, { width: 1280, height: 1100 }, "light"],
  ["model-dark", `model.html?id=${MODEL}`, { width: 1280, height: 1100 }, "dark"],
  ["model-phone", `model.html?id=${MODEL}`, PHONE, "dark"],
  ["families", "families.html", WIDE, "light"],
  ["boards", "boards.html", { width: 1280, height: 1300 }, "light"],
  ["boards-dark", "boards.html", { width: 1280, height: 1300 }, "dark"],
  ["boards-phone", "boards.html", PHONE, "light"],
  ["outliers", "oddities.html", { width: 1280, height: 1100 }, "light"],
  ["identity", "identity.html", { width: 1280, height: 1100 }, "light"],
  ["health", "health.html", { width: 1280, height: 1000 }, "dark"],
  ["changes", "changes.html", { width: 1280, height: 900 }, "light"],
  ["how", "how.html", { width: 1280, height: 1300 }, "light"],
  ["console", "console.html", { width: 1280, height: 900 }, "dark"],
];

await mkdir(to, { recursive: true });
const server = await serve(resolve(site));
const context = await launch();
const page = await context.newPage();
page.on("console", (message) => message.type() === "error" && console.log(message.text()));
page.on("pageerror", (error) => console.log(String(error)));
for (const [name, path, viewport, colorScheme] of pictures) {
  if (only.length && !only.includes(name)) continue;
  await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme });
  await page.goto("about:blank");
  await page.goto(server.address + path);
  await ready(page).catch(() => console.log(`${name} is not ready`));
  await page.waitForTimeout(250);
  await page.screenshot({ path: join(to, `${name}.png`) });
  console.log(name);
}
await context.close();
server.close();
