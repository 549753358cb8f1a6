// Numbers and dates as the reader's locale writes them.
const locales = navigator.languages?.length ? [...navigator.languages] : undefined;
const formats = {
  count: new Intl.NumberFormat(locales),
  whole: new Intl.NumberFormat(locales, { maximumFractionDigits: 0 }),
  number: new Intl.NumberFormat(locales, { maximumFractionDigits: 2 }),
  exact: new Intl.NumberFormat(locales, { maximumSignificantDigits: 5 }),
  size: new Intl.NumberFormat(locales, { maximumSignificantDigits: 3 }),
  ratio: new Intl.NumberFormat(locales, { minimumFractionDigits: 2, maximumFractionDigits: 2 }),
  small: new Intl.NumberFormat(locales, { maximumSignificantDigits: 2 }),
  percent: new Intl.NumberFormat(locales, { style: "percent", maximumFractionDigits: 0 }),
  fine: new Intl.NumberFormat(locales, { style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 2 }),
  share: new Intl.NumberFormat(locales, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }),
};
const day = new Intl.DateTimeFormat(locales, { dateStyle: "medium", timeZone: "UTC" });
const moment = new Intl.DateTimeFormat(locales, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

const given = (value) => value !== null && value !== undefined && value !== "";

/** Writes a number in one of the ways above; nothing for what is unknown. */
export const number = (value, way = "number") => (given(value) && Number.isFinite(Number(value)) ? formats[way].format(value) : "");
/** Writes parameters given in billions. */
export function size(billions) {
  if (!given(billions)) return "";
  return billions < 1 ? `${formats.size.format(billions * 1000)} M` : `${formats.size.format(billions)} B`;
}
export const date = (iso) => (given(iso) ? day.format(new Date(iso)) : "");
export const time = (iso) => (given(iso) ? `${moment.format(new Date(iso))} UTC` : "");
/** Reads `continuously_pretrained` as words. */
export const words = (text) => (given(text) ? String(text).replaceAll("_", " ") : "");
export const range = (low, high, way = "count") => (low === high ? number(low, way) : `${number(low, way)}–${number(high, way)}`);
