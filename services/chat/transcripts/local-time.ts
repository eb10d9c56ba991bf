import { PlainError } from '@parley/kit/plain-error.ts';

/**
 * Turns a time without a zone (`2018-02-25T14:00:51`) into milliseconds since 1970 (UTC), as clocks
 * in an IANA time zone show it. Of a time that they show twice in autumn, one is taken.
 * @throws PlainError for a time that they never show: 30 February, 24:00:00, one that they skip in spring
 */
export function openLocalTime(timeZone: string): (localTime: string) => number {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const shownAt = (at: number) => Date.parse(`${format.format(at).replace(' ', 'T')}Z`);
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

/** Whether a time is the one that was written; JavaScript moves 30 February to March. */
function isWritten(at: number, localTime: string): boolean {
  return !Number.isNaN(at) && new Date(at).toISOString() === `${localTime}.000Z`;
}
