import { LOCALE } from '../locale.ts';

const MINUTES = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'short' });
const SECONDS = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'medium' });
const WHOLE = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'full', timeStyle: 'long' });

/** The time of day in the reader's time zone, for example `10:32`. */
export function clockTime(at: string | number): string {
  return MINUTES.format(new Date(at));
}

/** The time of day with seconds, for example `10:31:07`. */
export function clockTimeWithSeconds(at: string | number): string {
  return SECONDS.format(new Date(at));
}

/** Date, time and zone in full. */
export function wholeTime(at: string | number): string {
  return WHOLE.format(new Date(at));
}
