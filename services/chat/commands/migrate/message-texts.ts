import { MESSAGE_MAX } from '@parley/contract/events/message.ts';

/** Characters at the end of a part in which a break between words is looked for. */
const BREAK_WITHIN = 400;
const CONTROL = /[^\P{Cc}\n\t]/gu;

/** A text that messages here can have: LF ends a line, no other control characters than tab. */
export function cleanText(text: string): string {
  return text.toWellFormed().replace(/\r\n?/g, '\n').replace(CONTROL, '');
}

/** A text in parts of at most MESSAGE_MAX characters, cut between words where there are any. */
export function splitText(text: string): string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > MESSAGE_MAX) {
    const characters = [...rest.slice(0, 2 * (MESSAGE_MAX + 1))];
    if (characters.length <= MESSAGE_MAX) break;
    const longest = characters.slice(0, MESSAGE_MAX).join('');
    const at = Math.max(longest.lastIndexOf('\n'), longest.lastIndexOf(' '));
    const part = at > longest.length - BREAK_WITHIN ? longest.slice(0, at + 1) : longest;
    if (part.trim() !== '') parts.push(part);
    rest = rest.slice(part.length);
  }
  return rest.trim() === '' ? parts : [...parts, rest];
}
