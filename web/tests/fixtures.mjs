// Fixtures of the browser tests: a served site with a running Chromium, and the list of its pages.
import { readdirSync } from "node:fs";
import { after, before } from "node:test";
import { launch, serve } from "./browser.mjs";

/** Serves a site and starts Chromium for the tests of one file; the returned object is filled before the first test. */
export function useSite(folder, viewport) {
  const running = {};
  before(async () => {
    running.server = await serve(folder);
    running.context = await launch({ viewport });
  });
  after(async () => {
    await running.context.close();
    running.server.close();
  });
  return running;
}

/** The file names of a site's pages, except the page of one model. */
export const pagesOf = (folder) => readdirSync(folder).filter((name) => name.endsWith(".html") && name !== "model.html");
