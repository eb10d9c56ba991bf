/** How ids in a text of Slack become names. */
export interface SlackNames {
  person(id: string): string | undefined;
  channel(id: string): string | undefined;
}

const MARKUP = /<([^<>]*)>/g;
const ENTITIES: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' };

/**
 * Code and links, which stay as they are; `*bold*`; `_italic_`. A mark is beside white space or
 * punctuation on its outer side, and beside something else on its inner side.
 */
const MARKS =
  /```[\s\S]*?```|`[^`\n]+`|<[^<>]*>|(?<![\p{L}\p{N}*])\*(?![\s*])([^*\n]+)(?<!\s)\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_])_(?![\s_])([^_\n]+)(?<!\s)_(?![\p{L}\p{N}_])/gu;

/**
 * A text of Slack for people to read: names in place of ids, addresses in place of links, `&`, `<` and
 * `>` as they were typed, and the marks for bold and italic that the page knows (docs.slack.dev,
 * "Formatting message text").
 */
export function readableText(text: string, names: SlackNames): string {
  const marked = text.replace(MARKS, (all, bold?: string, italic?: string) => {
    if (bold !== undefined) return `**${bold}**`;
    return italic === undefined ? all : `*${italic}*`;
  });
  let readable = '';
  let from = 0;
  for (const found of marked.matchAll(MARKUP)) {
    readable += unescaped(marked.slice(from, found.index)) + replaced(found[1] ?? '', names);
    from = found.index + found[0].length;
  }
  return readable + unescaped(marked.slice(from));
}

function replaced(markup: string, names: SlackNames): string {
  const bar = markup.indexOf('|');
  const target = bar < 0 ? markup : markup.slice(0, bar);
  const label = bar < 0 ? '' : unescaped(markup.slice(bar + 1));
  const id = target.slice(1);
  switch (target[0]) {
    case '@':
      return `@${names.person(id) ?? (label || id)}`;
    case '#':
      return `#${names.channel(id) ?? (label || id)}`;
    case '!':
      return special(id, label);
    default:
      return link(unescaped(target), label);
  }
}

/** `<!here>`, `<!subteam^S1|@group>`, `<!date^1392734382^{date}|18 February 2014>`. */
function special(target: string, label: string): string {
  if (label !== '' && target.includes('^')) return label;
  return `@${target.replace(/^subteam\^/, '')}`;
}

function link(target: string, label: string): string {
  const address = target.replace(/^(?:mailto|tel):/, '');
  return label === '' || label === address || label === target ? address : `${label} (${address})`;
}

function unescaped(text: string): string {
  return text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}
