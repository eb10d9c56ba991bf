import type { Match } from './search-api.ts';

/** What is shown before the first match, and in all, in UTF-16 code units. */
const BEFORE = 60;
const LENGTH = 240;

/** A part of a text; `marked` if it matches. */
export interface MarkedPart {
  text: string;
  marked: boolean;
}

/** The part of a text around its first match, cut at words where there are some. */
export function markedParts(text: string, matches: readonly Match[]): MarkedPart[] {
  const first = matches[0]?.start ?? 0;
  const from = first <= BEFORE ? 0 : wordAfter(text, first - BEFORE, first);
  const to = Math.min(text.length, from + LENGTH);
  const parts: MarkedPart[] = [{ text: from > 0 ? '…' : '', marked: false }];
  let at = from;
  for (const { start, end } of matches) {
    if (start < at || start >= to) continue;
    parts.push({ text: text.slice(at, start), marked: false });
    parts.push({ text: text.slice(start, Math.min(end, to)), marked: true });
    at = Math.min(end, to);
  }
  parts.push({ text: text.slice(at, to) + (to < text.length ? '…' : ''), marked: false });
  return parts.filter((part) => part.text !== '');
}

/** Where the next word begins, before `limit`; else where it is. */
function wordAfter(text: string, at: number, limit: number): number {
  const space = text.indexOf(' ', at);
  return space < 0 || space >= limit ? at : space + 1;
}
