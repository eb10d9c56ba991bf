import type { Inline } from './formatted-text.ts';
import { linkAt } from './link.ts';

type Marker = '*' | '**';

/** An emphasis that is open, and what it contains up to now; the first has no marker. */
interface Open {
  marker: Marker | undefined;
  content: Inline[];
}

/** Where something else than plain text can begin. */
const SPECIAL = /\*|`|https?:\/\//gi;
const CODE = /(`+)([^`]+)\1(?!`)/y;
const BACKTICKS = /`+/y;
const WORD = /[\p{L}\p{N}]/u;

/**
 * The parts of one line: links, `code`, **bold** and *italic*. A marker without its other half is text.
 * The time is linear in the length: at most one emphasis of each marker is open.
 */
export function parseLine(line: string): Inline[] {
  const stack: Open[] = [{ marker: undefined, content: [] }];
  let at = 0;
  while (at < line.length) {
    SPECIAL.lastIndex = at;
    const next = SPECIAL.exec(line)?.index ?? line.length;
    add(stack, line.slice(at, next));
    at = next;
    if (at < line.length) at += partAt(line, at, stack);
  }
  while (stack.length > 1) giveUp(stack, stack.length - 1);
  return stack[0]?.content ?? [];
}

/** Adds the part at `at`; returns its length. */
function partAt(line: string, at: number, stack: Open[]): number {
  const char = line[at];
  if (char === '*') return emphasisAt(line, at, stack);
  if (char === '`') {
    const [whole = '', , text] = matchAt(CODE, line, at);
    if (text === undefined) return addText(stack, matchAt(BACKTICKS, line, at)[0] ?? char);
    add(stack, { kind: 'code', text });
    return whole.length;
  }
  const link = isWord(line[at - 1]) ? undefined : linkAt(line, at);
  if (!link) return addText(stack, line.slice(at, at + 1));
  add(stack, link);
  return link.text.length;
}

/** Opens an emphasis, closes one, or adds the marker as text. */
function emphasisAt(line: string, at: number, stack: Open[]): number {
  const isTriple = line.startsWith('***', at);
  const isDouble = line[at + 1] === '*' && !(isTriple && stack.at(-1)?.marker === '*');
  const marker: Marker = isDouble ? '**' : '*';
  const before = line[at - 1];
  const after = line[at + marker.length];
  const isInWord = !isDouble && isWord(before) && isWord(after);
  const opened = stack.findLastIndex((open) => open.marker === marker);
  if (opened > 0 && !isSpace(before) && !isInWord && !isEmpty(stack, opened)) {
    while (stack.length - 1 > opened) giveUp(stack, stack.length - 1);
    const content = stack.pop()?.content ?? [];
    add(stack, { kind: isDouble ? 'strong' : 'em', content });
  } else if (!isSpace(after) && (isDouble || !isWord(before))) {
    if (opened > 0) giveUp(stack, opened);
    stack.push({ marker, content: [] });
  } else {
    add(stack, marker);
  }
  return marker.length;
}

/** Turns an open marker into text of what is around it. */
function giveUp(stack: Open[], index: number): void {
  const [open] = stack.splice(index, 1);
  const around = stack[index - 1];
  if (!open || !around) return;
  addTo(around.content, open.marker ?? '');
  for (const part of open.content) addTo(around.content, part);
}

function isEmpty(stack: Open[], index: number): boolean {
  return index === stack.length - 1 && stack[index]?.content.length === 0;
}

function add(stack: Open[], part: Inline): void {
  const top = stack.at(-1);
  if (top) addTo(top.content, part);
}

function addText(stack: Open[], text: string): number {
  add(stack, text);
  return text.length;
}

/** Neighbouring texts are one. */
export function addTo(content: Inline[], part: Inline): void {
  const last = content.at(-1);
  if (part === '') return;
  if (typeof part === 'string' && typeof last === 'string')
    content[content.length - 1] = last + part;
  else content.push(part);
}

function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | [] {
  pattern.lastIndex = at;
  return pattern.exec(line) ?? [];
}

const isSpace = (char: string | undefined) => char === undefined || /\s/.test(char);
const isWord = (char: string | undefined) => char !== undefined && WORD.test(char);
