// Places the rows that the filters leave among each other, with intervals from the draws of their abilities.
import { load } from "../data.js";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const decoded = new Map();

/** The draws of a track in tenths, `{draws, values, at}`: `at` has the position of each row's draws in `values`. */
export function decode({ draws, rows, centre, letters, codes }) {
  const value = new Int16Array(128);
  for (let at = 0; at < LETTERS.length; at++) value[LETTERS.charCodeAt(at)] = at;
  const values = new Int32Array(rows.length * draws);
  let letter = 0;
  for (let row = 0, place = 0; row < rows.length; row++) {
    const least = centre[row] - 2 ** (6 * letters[row] - 1);
    for (let draw = 0; draw < draws; draw++, place++) {
      let code = 0;
      for (const end = letter + letters[row]; letter < end; letter++) code = code * 64 + value[codes.charCodeAt(letter)];
      values[place] = least + code;
    }
  }
  return { draws, values, at: new Map(rows.map((row, position) => [row, position * draws])) };
}

/** Loads the draws of a track once; null when the generation has none. */
export function loadDraws(track) {
  if (!decoded.has(track)) decoded.set(track, load(`draws_${track}`).then((data) => (data?.draws ? decode(data) : null)));
  return decoded.get(track);
}

/** The position of a quantile among `count` sorted numbers: the order statistic that DuckDB's `quantile_disc` returns. */
const quantile = (share, count) => Math.max(1, count - Math.floor(count - share * count)) - 1;

/** Returns the place of each row among `rows`, by their rank in the whole table; equal ranks have equal places. */
export function placesOf(rows) {
  const ordered = rows.filter((row) => row.whole !== null).sort((a, b) => a.whole - b.whole);
  const places = new Map();
  ordered.forEach((row, at) => places.set(row, at > 0 && ordered[at - 1].whole === row.whole ? places.get(ordered[at - 1]) : at + 1));
  return places;
}

/**
 * Returns the interval `[low, high]` of each row's place among `rows`: the 5 % and 95 % quantiles of the place over the
 * draws, widened to hold the place itself. The macro `places` of the DuckDB file computes the same.
 */
export function intervalsOf(rows, places, { draws, values, at }) {
  const drawn = rows.filter((row) => places.has(row) && at.has(row.at));
  const starts = drawn.map((row) => at.get(row.at));
  const count = drawn.length;
  const counted = new Uint16Array(count * draws);
  // One sorted number holds the draw, best first, and the row.
  const keys = new Float64Array(count);
  for (let draw = 0; draw < draws; draw++) {
    for (let row = 0; row < count; row++) keys[row] = -values[starts[row] + draw] * 65536 + row;
    keys.sort();
    let place = 1;
    let last = null;
    for (let position = 0; position < count; position++) {
      const best = Math.floor(keys[position] / 65536);
      if (best !== last) [place, last] = [position + 1, best];
      counted[(keys[position] - best * 65536) * draws + draw] = place;
    }
  }
  const [low, high] = [quantile(0.05, draws), quantile(0.95, draws)];
  return new Map(drawn.map((row, position) => {
    const own = counted.subarray(position * draws, (position + 1) * draws).sort();
    return [row, [Math.min(own[low], places.get(row)), Math.max(own[high], places.get(row))]];
  }));
}
