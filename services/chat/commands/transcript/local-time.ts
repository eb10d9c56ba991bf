import { openTranscriptClock } from '@parley/contract/events/transcript.ts';
import { PlainError } from '@parley/kit/plain-error.ts';

const FIRST = Date.parse('0000-01-01T00:00:00.000Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * Opens a function that turns a local time of an IANA time zone (`2018-02-25T14:00:51`) into
 * milliseconds since 1970 (UTC). For a time that occurs twice in autumn, it returns one of the two.
 * @throws PlainError for a time that never occurs: 30 February, 24:00:00, a time skipped in spring
 */
export function openLocalTime(timeZone: string): (localTime: string) => number {
  const clock = openTranscriptClock(timeZone);
  const shownAt = (at: number) =>
    hasIsoForm(at)
      ? Date.parse(`${clock(new Date(at).toISOString()).replace(' ', 'T')}Z`)
      : Number.NaN;
  return (localTime) => {
    const shown = Date.parse(`${localTime}Z`);
    if (!isWritten(shown, localTime)) {
      throw new PlainError(`there is no time ${localTime.replace('T', ' ')}`);
    }
    const guess = shown - (shownAt(shown) - shown);
    const at = guess - (shownAt(guess) - shown);
    if (shownAt(at) === shown) return at;
    throw new PlainError(
      `clocks in ${timeZone} never showed ${localTime.replace('T', ' ')}; set TIMEZONE to the zone of the file`,
    );
  };
}

/** Whether a time is in the years 0 to 9999, which ISO 8601 writes with four digits. */
function hasIsoForm(at: number): boolean {
  return at >= FIRST && at <= LAST;
}

/** True when a time is the one that is written. JavaScript would move 30 February to March. */
function isWritten(at: number, localTime: string): boolean {
  return !Number.isNaN(at) && new Date(at).toISOString() === `${localTime}.000Z`;
}
