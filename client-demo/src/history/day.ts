import { LOCALE } from '../locale.ts';

/** A calendar day in the reader's time zone, for example `2025-11-20`. */
export type Day = string;

/** The day of a moment, in the reader's time zone. */
export function dayOf(at: string | Date): Day {
  const date = new Date(at);
  const month = String(date.getMonth() + 1).padStart(2, '0');
  return `${date.getFullYear()}-${month}-${String(date.getDate()).padStart(2, '0')}`;
}

/** The text of a day separator: "Today", "Yesterday", else the date. */
export function dayLabel(day: Day, today: Day): string {
  if (day === today) return 'Today';
  const next = startOf(day);
  next.setDate(next.getDate() + 1);
  if (dayOf(next) === today) return 'Yesterday';
  return startOf(day).toLocaleDateString(LOCALE, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(day.slice(0, 4) === today.slice(0, 4) ? {} : { year: 'numeric' }),
  });
}

/**
 * Milliseconds until the next day begins in the reader's time zone. A day can have 23 or 25 hours.
 */
export function msUntilTomorrow(now: Date): number {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).getTime() - now.getTime();
}

function startOf(day: Day): Date {
  return new Date(`${day}T00:00:00`);
}
