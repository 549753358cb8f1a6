// Compares two models: on each leaderboard by its own errors, overall, and by domain. The same as aggregator/pairwise.py
// and aggregator/query/verdict.py, with the same sentences. A record is that of aggregator/site/model_data.py.
const TOLD_APART = 0.95;
const LEANING = 0.75;
const BOARD_QUANTILE = 1.959964;
/** Abilities of a record are integers in this unit. */
const UNIT = 1e-3;
const UNRANKED_DOMAINS = ["vision", "other"];

const sum = (values) => values.reduce((total, value) => total + value, 0);
const square = (value) => value * value;

/** Groups values by a key, in the order of first occurrence; node 20, which runs the tests, has no `Map.groupBy`. */
function groupBy(values, key) {
  const groups = new Map();
  for (const value of values) {
    const name = key(value);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(value);
  }
  return groups;
}

/** The standard normal distribution function, with an error below 1e-7: 26.2.17 of Abramowitz & Stegun. */
export function normalCdf(x) {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail = 0.3989422804014327 * Math.exp(-0.5 * x * x) * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return x < 0 ? tail : 1 - tail;
}

function probabilityAboveZero(difference, variance) {
  if (difference === 0) return 0.5;
  return variance > 0 ? normalCdf(difference / Math.sqrt(variance)) : Number(difference > 0);
}

export function verdictWord(probability) {
  const most = Math.max(probability, 1 - probability);
  if (most >= TOLD_APART) return "told apart";
  return most >= LEANING ? "leans to" : "not told apart";
}

/** The probability that one more leaderboard has the first of two abilities `{ability, deviation, board, shared}` higher. */
function probabilityBetter(a, b) {
  const shared = sum(a.shared.map((loading, at) => square(loading - b.shared[at])));
  return probabilityAboveZero(a.ability - b.ability, shared + square(a.deviation) + square(b.deviation) + square(a.board) + square(b.board));
}

/** The ability in a domain, with all errors in proportion to its standard deviation there. */
function inDomain(overall, ability, deviation) {
  const total = Math.hypot(overall.deviation, ...overall.shared);
  const ratio = total > 0 ? deviation / total : 0;
  return { ability, deviation: ratio * overall.deviation, board: overall.board, shared: overall.shared.map((loading) => ratio * loading) };
}

/** The facts of a benchmark of `common`, with the distance `span` from chance to the best score, or null. */
function benchmarkOf(common, at) {
  const [name, board, , , , up, domain, low, high, chance, items] = common.benchmarks[at];
  const isUp = up !== false && up !== 0;
  const hasEnds = low !== null && high !== null && high > low;
  const floor = chance === null || !isUp ? low : chance;
  return { name, board, domain, isUp, low, high, items, span: hasEnds && high > floor ? high - floor : null };
}

/** The standard error of a score, or null; `isUpper` chooses the upper half of its interval. */
function errorOf(benchmark, one, isUpper) {
  if (one.low !== null && one.high !== null) return (isUpper ? one.high - one.score : one.score - one.low) / BOARD_QUANTILE;
  if (one.error !== null) return one.error;
  if (benchmark.low === null || benchmark.high === null || !benchmark.items) return null;
  const span = benchmark.high - benchmark.low;
  const share = Math.min(Math.max((one.score - benchmark.low) / span, 0.5 / benchmark.items), 1 - 0.5 / benchmark.items);
  return span * Math.sqrt((share * (1 - share)) / benchmark.items);
}

function share(benchmark, a, b) {
  const errors = [errorOf(benchmark, a, a.score < b.score), errorOf(benchmark, b, b.score < a.score)];
  const unit = benchmark.span ?? 1;
  const difference = ((benchmark.isUp ? 1 : -1) * (a.score - b.score)) / unit;
  return { ...benchmark, difference, variance: errors.includes(null) ? null : sum(errors.map((error) => square(error / unit))) };
}

const isOverall = (one) => one.name.endsWith("/overall");
const wins = (shared) => ({
  won: shared.filter((one) => one.difference > 0).length, lost: shared.filter((one) => one.difference < 0).length, tied: shared.filter((one) => one.difference === 0).length,
});

/** The benchmarks that count on one board: the overall score alone if it has an error, else the others. */
function counted(shared) {
  const overall = shared.filter(isOverall);
  const others = shared.filter((one) => !isOverall(one));
  return overall.length && (overall[0].variance !== null || !others.length) ? overall : others;
}

function boardVerdict(source, shared) {
  const some = counted(shared);
  const won = wins(some);
  const mean = sum(some.map((one) => one.difference)) / some.length;
  if ((some.length === 1 || some.every((one) => one.span !== null)) && some.every((one) => one.variance !== null)) {
    return { source, ...won, ahead: Math.sign(mean), probability: probabilityAboveZero(mean, sum(some.map((one) => one.variance)) / square(some.length)) };
  }
  const overall = shared.find(isOverall);
  return { source, ...won, ahead: Math.sign(overall ? overall.difference : won.won - won.lost), probability: null };
}

function domainWins(groups) {
  const all = groups.flatMap(([, shared]) => counted(shared));
  const known = new Set(all.map((one) => `${one.board} ${one.domain}`));
  const rest = groups.flatMap(([, shared]) => shared).filter((one) => !isOverall(one) && !known.has(`${one.board} ${one.domain}`));
  return groupBy([...all, ...rest].filter((one) => one.domain !== null), (one) => one.domain);
}

/** The abilities, domains and scores of a model, by its release or by its setting. */
function evidence(record, grain, common) {
  const pick = (name) => {
    const entries = record[name] ?? [];
    const own = entries.filter(([of]) => of === grain);
    // A release of one model has the entries of that model.
    return own.length || grain !== "release" ? own : entries;
  };
  const [, ability, deviation, board, shared] = pick("abilities")[0] ?? [];
  const points = (value) => value * UNIT;
  const scores = new Map();
  const add = (at, one) => {
    const benchmark = benchmarkOf(common, at);
    if (!UNRANKED_DOMAINS.includes(benchmark.domain)) scores.set(benchmark.name, { benchmark, one });
  };
  for (const [at, score, , low, high, , origin, error] of record.scores ?? []) if (!origin) add(at, { score, low, high, error: error ?? null });
  if (grain === "release") for (const [at, score, low, high, error] of record.other_settings ?? []) add(at, { score, low, high, error });
  const domains = new Map(pick("domains").map(([, domain, mean, spread, benchmarks]) => [domain, { mean: points(mean), spread: points(spread), benchmarks }]));
  return { ability: ability === undefined ? null : { ability: points(ability), deviation: points(deviation), board: points(board), shared: shared.map(points) }, scores, domains };
}

function grainOf(a, b) {
  const has = (record, grain) => (record.abilities ?? []).some(([of]) => of === grain);
  if (a.facts.track !== b.facts.track) return null;
  // A release of one model has the ability of that model.
  if ([a, b].every((record) => record.release && (record.abilities ?? []).length > 0)) return "release";
  return [a, b].every((record) => has(record, "setting")) ? "setting" : null;
}

function domainVerdicts(sides, won) {
  const names = new Set([...sides[0].domains.keys(), ...sides[1].domains.keys(), ...won.keys()]);
  const found = [...names].map((domain) => {
    const rows = sides.map((side) => side.domains.get(domain));
    const abilities = rows.map((row, at) => (row ? inDomain(sides[at].ability, row.mean, row.spread) : null));
    return {
      domain,
      probability: abilities.includes(null) ? null : probabilityBetter(...abilities),
      wins: wins(won.get(domain) ?? []),
      abilities: abilities.map((one) => one?.ability ?? null),
      benchmarks: rows.map((row) => row?.benchmarks ?? 0),
    };
  });
  const measured = (one) => sum(one.benchmarks);
  return found.filter((one) => measured(one) + one.wins.won + one.wins.lost + one.wins.tied > 0)
    .sort((a, b) => measured(b) - measured(a) || (a.domain < b.domain ? -1 : 1));
}

/** The verdict on two models `{id, record}`; each probability is that the first one is better. */
export function comparePair(a, b, common) {
  const grain = grainOf(a.record, b.record);
  const sides = [a, b].map(({ record }) => evidence(record, grain, common));
  const order = new Map(common.sources.map((source, at) => [source.source, { at, title: source.short_title ?? source.title, inRank: Boolean(source.in_rank) }]));
  const placeOf = (one) => order.get(one.board)?.at ?? Infinity;
  const shared = [...sides[0].scores].filter(([name]) => sides[1].scores.has(name))
    .map(([name, { benchmark, one }]) => share(benchmark, one, sides[1].scores.get(name).one))
    .sort((one, other) => placeOf(one) - placeOf(other) || (one.name < other.name ? -1 : 1));
  const groups = [...groupBy(shared, (one) => one.board)];
  const inRank = groups.filter(([board]) => order.get(board)?.inRank);
  const boardsOf = (side) => new Set([...side.scores.values()].map(({ benchmark }) => benchmark.board));
  const own = sides.map(boardsOf);
  const only = [0, 1].map((at) => [...order].filter(([source, board]) => board.inRank && own[at].has(source) && !own[1 - at].has(source)).map(([, board]) => board));
  let names = [a, b].map(({ id, record }) => (grain === "release" ? record.release[0][0] : record.facts.name ?? id));
  if (names[0] === names[1]) names = [a.id, b.id];
  const probability = grain === null ? null : probabilityBetter(sides[0].ability, sides[1].ability);
  const verdict = {
    ids: [a.id, b.id], names, grain, probability, only,
    better: probability === null ? 0 : Math.sign(probability - 0.5),
    boards: groups.map(([board, benchmarks]) => ({ ...order.get(board), ...boardVerdict(board, benchmarks) })),
    wins: wins(inRank.flatMap(([, benchmarks]) => counted(benchmarks))),
    domains: grain === null ? [] : domainVerdicts(sides, domainWins(inRank)),
  };
  return { ...verdict, sentences: [measured(verdict), overall(verdict), ...reversed(verdict)] };
}

/** `83 %`, and `> 99 %` from 99.5 % on. */
export const percent = (probability) => (probability >= 0.995 ? "> 99 %" : `${Math.floor(100 * probability + 0.5)} %`);
const join = (parts) => (parts.length > 1 ? `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}` : parts.join(""));
const titles = (boards) => join(boards.map(({ title }) => title));
const most = (probability) => Math.max(probability, 1 - probability);

function onBoard(board) {
  if (board.probability === null) {
    return `on ${board.title} with ${board.ahead < 0 ? board.lost : board.won} of ${board.won + board.lost + board.tied} benchmarks won (no error published)`;
  }
  return board.ahead === 0 ? `on ${board.title}` : `on ${board.title} with ${percent(most(board.probability))}`;
}

function measured({ boards, names }) {
  const ranked = boards.filter(({ inRank }) => inRank);
  const shown = ranked.length ? ranked : boards;
  if (!shown.length) return "Where both were measured: no leaderboard has scores of both.";
  const parts = [[1, `${names[0]} is ahead`], [-1, `${names[1]} is ahead`], [0, "they are equal"]]
    .map(([ahead, start]) => [start, shown.filter((board) => board.ahead === ahead).map(onBoard)])
    .filter(([, on]) => on.length).map(([start, on]) => `${start} ${join(on)}`);
  return `Where both were measured${ranked.length ? "" : " (not in the combined rank)"}: ${parts.join("; ")}.`;
}

function overall({ probability, grain, better, names }) {
  if (probability === null) return "Overall: no answer, because one of them has no rank or they are in two tracks.";
  const about = grain === "release" ? "as releases" : "as settings";
  if (better === 0) return `Overall, ${about}: not told apart, each is better with 50 %.`;
  const name = better > 0 ? names[0] : names[1];
  const end = {
    "told apart": "the two are told apart", "leans to": `this leans to ${name}, but the two are not told apart`, "not told apart": "the two are not told apart",
  }[verdictWord(probability)];
  return `Overall, ${about}: ${name} is better with ${percent(most(probability))}, which counts how far a board carries to others; ${end}.`;
}

/** Why the overall order is the reverse of a board that parts the two: the boards that do it. */
function reversed({ boards, better, names, only }) {
  const ranked = boards.filter(({ inRank }) => inRank);
  const against = ranked.filter((board) => board.ahead * better < 0 && board.probability !== null && verdictWord(board.probability) === "told apart");
  if (!against.length) return [];
  const supported = ranked.filter((board) => board.ahead * better > 0);
  const order = better > 0 ? [0, 1] : [1, 0];
  const causes = supported.length ? [`${titles(supported)} ${supported.length > 1 ? "rate" : "rates"} ${names[order[0]]} higher`]
    : order.filter((at) => only[at].length).map((at) => `${names[at]} alone is on ${titles(only[at])}`);
  return [`The overall order is the reverse of ${titles(against)}, ${against.length > 1 ? "which part them" : "which parts them"}: ${causes.join("; ") || "no other board explains it"}.`];
}
