/**
 * Turns a time without a zone (`2018-02-25T14:00:51`) into milliseconds since 1970 (UTC), as clocks
 * in an IANA time zone show it. A time that they skip in spring is taken an hour later; of one that
 * they show twice in autumn, one is taken.
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
    const guess = shown - (shownAt(shown) - shown);
    return guess - (shownAt(guess) - shown);
  };
}
