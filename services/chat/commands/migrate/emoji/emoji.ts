import { readFileSync } from 'node:fs';

const TABLE = new URL('emoji-names.txt', import.meta.url);
const NAME = /(?<![\p{L}\p{N}])(:[a-z0-9_+'-]+:)(:skin-tone-[2-6]:)?(?![\p{L}\p{N}])/gu;
const EMOJI = /^\p{RGI_Emoji}$/v;
/** Slack's skin-tone-2 is the first modifier of Unicode. */
const FIRST_TONE = 0x1f3fb;
/** A block or a span of code, in which a colon is only a colon. */
const CODE = /(```[\s\S]*?```|`[^`\n]*`)/;

let table: Map<string, string> | undefined;

/**
 * The emoji of a short name such as `thumbsup` or `+1::skin-tone-2`; undefined for a name that is not
 * in emoji-datasource: an emoji that a workspace made itself.
 */
export function emojiOf(shortName: string): string | undefined {
  const [name = '', tone] = shortName.split('::');
  table ??= readTable();
  const emoji = table.get(name);
  const number = /^skin-tone-([2-6])$/.exec(tone ?? '')?.[1];
  if (emoji === undefined || number === undefined) return emoji;
  const [first = '', ...others] = emoji;
  const rest = others[0] === '\ufe0f' ? others.slice(1) : others;
  const toned = [first, String.fromCodePoint(FIRST_TONE + Number(number) - 2), ...rest].join('');
  return EMOJI.test(toned) ? toned : emoji;
}

/** A text with emoji in place of their short names, except in code. */
export function withEmoji(text: string): string {
  if (!text.includes(':')) return text;
  return text
    .split(CODE)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(NAME, replaced)))
    .join('');
}

function replaced(all: string, name: string, tone = ''): string {
  return emojiOf(`${name.slice(1, -1)}${tone.replace(/:$/, '').replace(/^:/, '::')}`) ?? all;
}

function readTable(): Map<string, string> {
  const lines = readFileSync(TABLE, 'utf8').split('\n');
  return new Map(
    lines
      .filter((line) => line !== '' && !line.startsWith('# '))
      .map((line) => line.split(' ') as [string, string]),
  );
}
