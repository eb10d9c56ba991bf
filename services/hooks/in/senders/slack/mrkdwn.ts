/** Most characters that are read: a message has far fewer. */
const READ_MAX = 32_000;
const CODE = /(```[\s\S]*?```|`[^`\n]+`)/;
/** What Slack puts between angle brackets: a link, a mention, a channel or a date. */
const ANGLES = /<((?:[@#!]|[a-z]{1,20}:)[^<>\n]+)>/gi;
/** Slack writes *bold* and _italic_. */
const EMPHASIS =
  /(?<![\p{L}\p{N}*_])(?:\*(?=[^\s*])([^*\n]+)(?<=\S)\*|_(?=[^\s_])([^_\n]+)(?<=\S)_)(?![\p{L}\p{N}*_])/gu;
const ESCAPED: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/** Slack's text format (mrkdwn) as a message: links, mentions, emphasis and escapes. */
export function fromMrkdwn(text: string): string {
  return text
    .slice(0, READ_MAX)
    .split(CODE)
    .map((piece, i) => unescaped(i % 2 === 1 ? piece : readable(piece)))
    .join('');
}

function readable(piece: string): string {
  const links: string[] = [];
  // A link stays out of the search for emphasis: an address may have "_" and "*".
  const kept = piece.replaceAll('\0', '').replace(ANGLES, (_, inner: string) => {
    links.push(angle(inner));
    return '\0';
  });
  const marked = kept.replace(EMPHASIS, (_, bold?: string, italic?: string) =>
    bold === undefined ? `*${italic}*` : `**${bold}**`,
  );
  return marked.replaceAll('\0', () => links.shift() ?? '');
}

function angle(inner: string): string {
  const bar = inner.indexOf('|');
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? '' : inner.slice(bar + 1);
  const rest = target.slice(1);
  if (target.startsWith('@')) return withSign('@', label || rest);
  if (target.startsWith('#')) return withSign('#', label || rest);
  if (target.startsWith('!')) return label || withSign('@', rest.split('^').at(-1) ?? '');
  const address = target.replace(/^mailto:/, '');
  return label === '' || label === address ? address : `${label} (${address})`;
}

function withSign(sign: string, name: string): string {
  return name.startsWith(sign) ? name : `${sign}${name}`;
}

function unescaped(text: string): string {
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => ESCAPED[entity] ?? entity);
}
