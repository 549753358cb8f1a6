// Formats numbers and dates for the reader's locale.
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

const isKnown = (value) => value !== null && value !== undefined && value !== "";

/** Formats a number; an unknown value becomes an empty text. */
export const number = (value, format = "number") => (isKnown(value) && Number.isFinite(Number(value)) ? formats[format].format(value) : "");
/** Formats a number of parameters, given in billions. */
export function size(billions) {
  if (!isKnown(billions)) return "";
  return billions < 1 ? `${formats.size.format(billions * 1000)} M` : `${formats.size.format(billions)} B`;
}
export const date = (iso) => (isKnown(iso) ? day.format(new Date(iso)) : "");
export const time = (iso) => (isKnown(iso) ? `${moment.format(new Date(iso))} UTC` : "");
/** Turns `continuously_pretrained` into words. */
export const words = (text) => (isKnown(text) ? String(text).replaceAll("_", " ") : "");
export const range = (low, high, format = "count") => (low === high ? number(low, format) : `${number(low, format)}–${number(high, format)}`);
