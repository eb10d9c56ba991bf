import { LOCALE } from '../locale.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long ago a moment was: "just now", "5 min ago", "3 h ago", "2 d ago", else the date. */
export function timeAgo(at: string, now: number): string {
  const ms = now - Date.parse(at);
  if (ms < MINUTE_MS) return 'just now';
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min ago`;
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} h ago`;
  if (ms < 14 * DAY_MS) return `${Math.floor(ms / DAY_MS)} d ago`;
  return new Date(at).toLocaleDateString(LOCALE, { dateStyle: 'medium' });
}
