import type { Inline } from './formatted-text.ts';

type Link = Extract<Inline, { kind: 'link' }>;

/** Ends at white space, quotes, brackets of markup, and invisible characters. */
const ADDRESS = /https?:\/\/[^\s<>"`\p{Cc}\p{Cf}]+/iuy;
const OPENING: Record<string, string> = { ')': '(', ']': '[', '}': '{' };
const ENDS_SENTENCE = new Set(".,;:!?'*…·»”’。、，；：！？）」』】");

/**
 * The link that begins at `at`, by the WHATWG URL standard; undefined where there is none. Only http
 * and https, and no name or password, which would hide the host.
 */
export function linkAt(text: string, at: number): Link | undefined {
  ADDRESS.lastIndex = at;
  const found = ADDRESS.exec(text)?.[0];
  if (found === undefined) return undefined;
  const typed = withoutEnd(found);
  if (!URL.canParse(typed)) return undefined;
  const url = new URL(typed);
  if (url.username !== '' || url.password !== '') return undefined;
  return {
    kind: 'link',
    href: url.href,
    text: typed,
    address: isShown(typed, url) ? undefined : url.host,
  };
}

/** Whether the host is readable in what was typed: no letters of other scripts, no codes. */
function isShown(typed: string, { hostname }: URL): boolean {
  const [, host = ''] = /^https?:\/\/([^/?#\\]*)/i.exec(typed) ?? [];
  return host.toLowerCase().replace(/:\d*$/, '') === hostname;
}

/** Without the punctuation of the sentence, and the bracket that closes one before the address. */
function withoutEnd(address: string): string {
  const open = new Map<string, number>();
  for (const char of address) open.set(char, (open.get(char) ?? 0) + 1);
  let end = address.length;
  for (; end > 0; end--) {
    const last = address.charAt(end - 1);
    const opening = OPENING[last];
    const closes = open.get(last) ?? 0;
    const isLoose = opening !== undefined && closes > (open.get(opening) ?? 0);
    if (!isLoose && !ENDS_SENTENCE.has(last)) break;
    open.set(last, closes - 1);
  }
  return address.slice(0, end);
}
