/** From a day down to microseconds; openapi.yaml has the same pattern. */
const TIME =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)?)(?:(?<=:\d\d:\d\d)\.(\d{1,6}))?Z?$/;

/** Writes a time in microseconds since 1970 as ISO 8601 (UTC) with six decimals. */
export function encodeTime(us: number): string {
  const seconds = new Date(Math.floor(us / 1000)).toISOString().slice(0, 19);
  return `${seconds}.${String(us % 1_000_000).padStart(6, '0')}Z`;
}

/** Reads ISO 8601 in UTC, from a day down to microseconds; undefined for any other text. */
export function parseTime(text: string): number | undefined {
  const [, whole = '', fraction = ''] = TIME.exec(text) ?? [];
  const ms = Date.parse(whole.includes('T') ? `${whole}Z` : whole);
  return Number.isNaN(ms) || ms < 0 ? undefined : ms * 1000 + Number(fraction.padEnd(6, '0'));
}
