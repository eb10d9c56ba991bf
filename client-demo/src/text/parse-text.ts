import type { Block, ListItem } from './formatted-text.ts';
import { addTo, parseLine } from './parse-line.ts';

const FENCE = '```';
const FENCE_LINE = /^```[\w+#.-]*\s*$/;
const ITEM = /^ {0,3}(?:[-*•]|(\d{1,4})[.)])[ \t]+(?=\S)/;

/**
 * A message's text as blocks: a small, safe part of Markdown. What is not Markdown stays as it was
 * written. The time is linear in the length.
 */
export function parseText(text: string): Block[] {
  const lines = text.split('\n');
  const lastFence = lines.lastIndexOf(FENCE);
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    if (at < lastFence && FENCE_LINE.test(line)) {
      const end = lines.indexOf(FENCE, at + 1);
      blocks.push({ kind: 'code', text: lines.slice(at + 1, end).join('\n') });
      at = end + 1;
      continue;
    }
    const item = ITEM.exec(line);
    if (item) addItem(blocks, item, line);
    else addLine(blocks, line);
    at += 1;
  }
  return blocks;
}

function addItem(blocks: Block[], [marker, digits]: RegExpExecArray, line: string): void {
  const item: ListItem = {
    number: digits === undefined ? undefined : Number(digits),
    content: parseLine(line.slice(marker.length)),
  };
  const ordered = digits !== undefined;
  const last = blocks.at(-1);
  if (last?.kind === 'list' && last.ordered === ordered) last.items.push(item);
  else blocks.push({ kind: 'list', ordered, items: [item] });
}

function addLine(blocks: Block[], line: string): void {
  const last = blocks.at(-1);
  const separates = last !== undefined && last.kind !== 'lines' && line.trim() === '';
  if (separates) return;
  if (last?.kind !== 'lines') {
    blocks.push({ kind: 'lines', content: parseLine(line) });
    return;
  }
  addTo(last.content, '\n');
  for (const part of parseLine(line)) addTo(last.content, part);
}
