// Finds models by a typed name, with the rules of the macro `find` in sql/: see docs/search.md.
// The functions have the names of the files in sql/function/ and sql/macro/. A test compares the answers.

const SPACE = "[ \\t\\n\\f\\r]";
const quotes = /[“”„‟‘’‚‛«»‹›`"']/g;
const PATH = [
  [quotes, " "], [/[‐‑‒–—―−－]/g, "-"], [/＿/g, "_"], [/／/g, "/"], [/：/g, ":"], [/（/g, "("], [/）/g, ")"], [/×/g, "x"],
  [/[\u00a0\u2000-\u200a\u202f\u205f\u3000]/g, " "],
  [/[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]/g, ""],
  [new RegExp(`^${SPACE}*(?:ollama|lms|llm|vllm)${SPACE}+(?:run|pull|show|serve|get)${SPACE}+`), ""],
  [/[a-z][a-z0-9+.]*:\/\//, ""],
  [new RegExp(`^${SPACE}*(?:[a-z0-9-]+\\.)+(?:co|com|ai|org|net|io|cn|dev|app)(?::[0-9]+)?/`), ""],
  [/[?#].*$/, ""],
  [/\/(?:tree|blob|resolve|raw|commits?|discussions)(?:\/.*)?$/, ""],
  [/models--([^/]+?)--/, "$1/"],
  [new RegExp(`^${SPACE}*@[a-z]+/`), ""],
  [/(?:^|\/)(?:(?:accounts|publishers)\/[^/]+\/models|models|library|chat|playground|api)\//g, "/"],
  [new RegExp(`^[ \\t\\n\\f\\r/]+|[ \\t\\n\\f\\r/]+$`, "g"), ""],
];
const TEXT = [
  [/^ (?:[a-z0-9._@~-]+\/)+/, " "],
  [/:(?:free|nitro|floor|extended|exacto|latest|online|beta|cloud|self-moderated)\b/g, " "],
  [/-v0:([0-9])\b/, "-v0.$1"],
  [/[-_]v[0-9]+:[0-9]+(?::[0-9]+k)?\b/, " "],
  [/\.(?:gguf|ggml|safetensors|bin|pth?|onnx|llamafile|json|zip)\b/g, " "],
  [/[-_.][0-9]{5}-of-[0-9]{5}\b/, " "],
  [/-([0-9])_([0-9])b\b/g, "-$1.$2b"],
  [/([a-z0-9])\+([^a-z0-9])/gu, "$1 plus $2"],
  [/[^a-z0-9.\u{80}-\u{10ffff}]+/gu, " "],
  [/\.([^0-9])|([^0-9])\./gu, "$2 $1"],
  [/ (?:(?:ud )?i?q[1-8](?: [01k])?(?: (?:xxs|xs|nl|s|m|l|xl))?|(?:int|fp|bf|nf|mxfp|nvfp|w)[0-9]{1,2}(?:a[0-9]{1,2})?|[0-9]{1,2} ?bits?|[0-9.]+ ?bpw|gguf|ggml|gptq|awq|exl[23]|mlx|bnb|hqq|quip|marlin|bitsandbytes|imatrix|i1|quant|quantized|qat|g128|128g)\b/g, " ~"],
  [/embedd(?:ings?|er)/g, "embed"],
  [/([0-9])p([0-9])/g, "$1.$2"],
  [/\b(20[0-9]{2}) (0[1-9]|1[0-2]) (0[1-9]|[12][0-9]|3[01])\b/g, "$1$2$3"],
  [/\b(0[1-9]|1[0-2]) (20[0-9]{2})\b/g, "$2$1"],
  [/ ([0-9.]+) ?(?:billion(?:en)?|bn|b) /g, " $1b "],
  [/([0-9]) ?x ?([0-9])/g, "$1x$2"],
  [/( |[a-z]{3})v([0-9])/g, "$1 $2"],
  [/([a-z]{2})([0-9])/g, "$1 $2"],
  [/([0-9]o?)([a-z]{3})/g, "$1 $2"],
  [/ ([0-9]{2}) ([0-9]{2}) /g, " $1$2 "],
  [/ ([0-9]{1,2}) ([0-9]{1,2}) /g, " $1.$2 "],
  [/([0-9])\.0+(b?) /g, "$1$2 "],
];
const rewrite = (text, rules) => rules.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);

const SAME = { think: "thinking", reasoning: "thinking", reasoner: "thinking", inst: "instruct", ins: "instruct", instruction: "instruct", instructions: "instruct", experimental: "exp" };

export const namePath = (text) => rewrite(text.toLowerCase(), PATH);
export const nameTokens = (text) =>
  rewrite(` ${namePath(text)} `, TEXT).split(" ").filter(Boolean).map((word) => (Object.hasOwn(SAME, word) ? SAME[word] : word));

const isNumber = (word) => /^(?:[0-9]{1,2}(?:\.[0-9]+)*|[0-9x.]+b|[0-9]{2,}m)$/.test(word);
const IGNORED = new Set(["~", "hf", "latest", "ai", "model", "models", "the", "llm", "by", "s", "us", "eu", "apac", "global"]);
const HOSTS = new Set(["together", "togetherai", "fireworks", "groq", "openrouter", "ollama", "bedrock", "azure", "vertex", "deepinfra", "replicate", "novita", "nim", "lmstudio", "4096", "8192", "32768", "131072"]);
const STAGES = new Set(["instruct", "chat", "it", "base"]);
const SETTINGS = new Set(["high", "medium", "low", "minimal", "xhigh", "thinking", "preview", "exp", "open"]);

/** The cost of a typed word that a name lacks; null when a name must have it. */
function missWeight(word) {
  if (IGNORED.has(word)) return 5;
  if (HOSTS.has(word)) return 20;
  if (STAGES.has(word)) return 120;
  if (SETTINGS.has(word)) return 130;
  return /^(?:20[0-9]{4}|20[0-9]{6}|[0-9]{4}|0[0-9]{2})$/.test(word) ? 250 : null;
}

/** The size that a word states, in billions of parameters, or null. */
function billions(word) {
  const [, size, unit] = /^([0-9]+\.?[0-9]*|\.[0-9]+)(b)$/.exec(word) ?? /^([0-9]{2,})(m)$/.exec(word) ?? [];
  return size === undefined ? null : Number(size) / (unit === "m" ? 1000 : 1);
}

/** The words of a typed name, with what `find` compares: `place` 0 is a typed namespace. */
function typedWords(text) {
  const path = namePath(text);
  const cleaned = path.replace(/([0-9]b)[- ](?:instant|versatile)\b/, "$1-instruct").replace(/instruct[- ](?:turbo|lite|basic|reference|tput)\b/, "instruct");
  const tokens = nameTokens(cleaned);
  const allSoft = tokens.every((word) => missWeight(word) !== null);
  const owner = (/([^/ ]+)\/[^/]+$/.exec(path)?.[1] ?? "").replace(/[^a-z0-9]/g, "");
  const words = tokens.map((word, at) => ({
    word, place: at + 1, soft: allSoft ? null : missWeight(word),
    joined: at + 1 < tokens.length ? word + tokens[at + 1] : null,
    back: at > 0 ? tokens[at - 1] + word : null,
    dotted: /^[0-9][0-9]$/.test(word) ? `${word[0]}.${word[1]}` : null,
  }));
  if (owner) words.push({ word: owner, place: 0, soft: 120 });
  const sizes = tokens.map(billions).filter((size) => size !== null);
  return {
    path, words,
    text: text.replace(/^ +| +$/g, "").toLowerCase(),
    hard: words.filter(({ soft }) => soft === null).length,
    missing: words.reduce((sum, { soft }) => sum + (soft ?? 0), 0),
    size: sizes.length ? Math.max(...sizes) : null,
  };
}

/** The number of changes between two words; a swap of neighbours is one change. */
export function distance(one, other) {
  const last = new Map();
  const most = one.length + other.length;
  const cells = Array.from({ length: one.length + 2 }, () => new Array(other.length + 2).fill(0));
  cells[0][0] = most;
  for (let i = 0; i <= one.length; i++) [cells[i + 1][0], cells[i + 1][1]] = [most, i];
  for (let j = 0; j <= other.length; j++) [cells[0][j + 1], cells[1][j + 1]] = [most, j];
  for (let i = 1; i <= one.length; i++) {
    let same = 0;
    for (let j = 1; j <= other.length; j++) {
      const row = last.get(other[j - 1]) ?? 0;
      const column = same;
      const cost = one[i - 1] === other[j - 1] ? 0 : 1;
      if (cost === 0) same = j;
      cells[i + 1][j + 1] = Math.min(cells[i][j] + cost, cells[i + 1][j] + 1, cells[i][j + 1] + 1, cells[row][column] + (i - row - 1) + 1 + (j - column - 1));
    }
    last.set(one[i - 1], i);
  }
  return cells[one.length + 1][other.length + 1];
}

/** Whether a word of a publisher's own model is what a typed word may be meant for. */
function isSimilar(word, typed) {
  if (/^[0-9]{1,2}$/.test(typed)) return word.startsWith(`${typed}.`);
  if (word === typed || !/^[a-z]{3,}$/.test(typed)) return false;
  if (word.startsWith(typed)) return true;
  return Math.abs(word.length - typed.length) <= 2 && distance(word, typed) <= (typed.length > 7 ? 2 : 1);
}

const undelta = (gaps) => { let last = 0; return gaps.map((gap) => (last += gap)); };

/** Prepares the data of aggregator/site/search_data.py. */
export function makeIndex({ words, names, models }) {
  const index = new Map();
  for (let at = 0; at < words.word.length; at++) {
    index.set(words.word[at], { weight: words.weight[at], own: words.own[at], names: undelta(words.names[at]), owned: undelta(words.owned[at]) });
  }
  const spelling = names.spelling.map((text, at) => text ?? models.model_id[names.model[at]].toLowerCase());
  return { index, ownWords: words.word.filter((_, at) => words.own[at]), names: { ...names, spelling }, models };
}

const OWN = [400, 300, 120, 10];
const LEVELS = [0, 40, 30, 10000];
const FIRST = { id: 0, former_id: 1, name: 2 };

/** Returns `{model_id, fit, mismatch}` of the models that a typed name can mean, the best match first. */
export function find(search, text) {
  const typed = typedWords(text);
  const best = new Map();
  for (const [name, hit] of hits(search, typed)) {
    const match = judge(search, typed, name, hit);
    const known = match && best.get(match.model);
    if (match && (!known || match.mismatch < known.mismatch || (match.mismatch === known.mismatch && name < known.name))) best.set(match.model, match);
  }
  let found = [...best.values()];
  if (found.some(({ mismatch }) => mismatch < 10000)) found = found.filter(({ mismatch }) => mismatch < 10000);
  // The models are in the order of `search_names.place`.
  return found.sort((a, b) => a.mismatch - b.mismatch || a.model - b.model).map(({ model, fit, mismatch }) => ({ model_id: search.models.model_id[model], fit, mismatch }));
}

/** Returns, by name, the best reading of each typed word that the name has. */
function hits({ index, ownWords }, { words }) {
  const found = new Map();
  const add = (names, typed, level, weight) => {
    for (const name of names) {
      if (!found.has(name)) found.set(name, new Map());
      const places = found.get(name);
      const last = places.get(typed.place);
      if (!last || level < last.level || (level === last.level && weight > last.weight)) places.set(typed.place, { typed, level, weight });
    }
  };
  for (const typed of words) {
    const look = (word, level, share) => {
      const entry = word === null || word === undefined ? null : index.get(word);
      if (entry) add(level === 1 ? entry.owned : entry.names, typed, level, entry.weight * share);
    };
    look(typed.word, 1, 0);
    if (typed.place === 0) continue;
    look(typed.word, 0, 1);
    look(typed.joined, 2, 1);
    look(typed.back, 2, 0);
    look(typed.dotted, 2, 1);
    for (const word of ownWords) if (isSimilar(word, typed.word)) add(index.get(word).names, typed, 3, index.get(word).weight);
  }
  return found;
}

function judge({ names, models }, typed, name, places) {
  const at = name - 1;
  const model = names.model[at];
  const hit = [...places.values()];
  const found = hit.filter(({ typed: { soft } }) => soft === null).length;
  const params = models.params_b[model];
  const isSizeOfModel = found === typed.hard - 1 && !names.is_sized[at] && typed.size !== null && params !== null && params >= 0.9 * typed.size && params <= 1.1 * typed.size;
  if (found !== typed.hard && !isSizeOfModel) return null;
  const sum = (of) => hit.reduce((total, one) => total + of(one), 0);
  const apart = sum(({ typed: { place }, level }) => (place === 0 ? 0 : LEVELS[level]));
  const missed = typed.missing - sum(({ typed: { soft } }) => soft ?? 0);
  const exact = hit.filter(({ level }) => level === 0).length;
  const numbers = hit.filter(({ typed: { word, dotted, place }, level }) => level !== 1 && place > 0 && (isNumber(word) || dotted)).length;
  const isName = names.spelling[at] === typed.path || names.spelling[at] === typed.text;
  const named = names.named[at];
  let fit = "words";
  if (isName) fit = named;
  else if (apart >= 10000) fit = "similar";
  else if (found === typed.hard && exact === names.distinct[at] && apart + missed === 0) fit = named === "release" ? "release" : "exact";
  const mismatch = fit in FIRST ? FIRST[fit]
    : OWN[models.own[model]] + ({ exact: 0, release: 5 }[fit] ?? 10) + apart + missed
      + Math.max(0, names.weight[at] - sum(({ weight }) => weight))
      + (typed.hard > 1 ? 20 * Math.max(0, names.numbers[at] - numbers) : 0)
      + (typed.hard > found ? 50 : 0) + (models.is_listed[model] ? 0 : 30);
  return { model, name, fit, mismatch };
}
