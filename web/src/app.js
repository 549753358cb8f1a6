// Starts the script of the current page.
import { $ } from "./dom.js";
import * as chrome from "./chrome.js";
import { start as sql } from "./pages/console.js";
import { start as leaderboard } from "./pages/index.js";
import { start as model } from "./pages/model.js";
import { boards, how, identity, outliers, tables } from "./pages/others.js";

const pages = { index: leaderboard, model, boards, outliers, identity, how, families: tables, health: tables, changes: tables, console: sql };

chrome.start();
pages[document.body.dataset.page]?.().catch((error) => {
  const note = $("#trouble");
  note.hidden = false;
  note.textContent = `The page cannot be shown: ${error.message}`;
  throw error;
});
