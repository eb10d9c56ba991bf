import { createHash, hash } from 'node:crypto';
import type { OpenedStore } from '../store/opened-store.ts';

/** Keys that are looked up at once. */
const BATCH = 500;
const NEWLINE = 0x0a;

/**
 * The key of each line of a transcript: made of the line, and of how many like it stand before it, so
 * that a line is known again in a file that has grown. It begins with a space, which no key of a
 * client has.
 */
export function lineKeys(lines: string[]): string[] {
  const counts = new Map<string, number>();
  return lines.map((line) => {
    const count = (counts.get(line) ?? 0) + 1;
    counts.set(line, count);
    return ` import ${hash('sha256', line, 'base64url')} ${count}`;
  });
}

/**
 * The keys of lines that an older Parley imported; empty where it imported none. It made them of the
 * content of the whole file, which may have been the beginning of this one.
 */
export async function olderKeys(
  { inbox }: Pick<OpenedStore, 'inbox'>,
  channel: string,
  bytes: Uint8Array,
): Promise<string[]> {
  const digests = digestsOfBeginnings(bytes);
  for (let end = digests.length; end > 0; end -= BATCH) {
    const some = digests.slice(Math.max(0, end - BATCH), end).reverse();
    const firstKeys = some.map(({ digest }) => `import:${digest}:1`);
    if (!(await inbox.hasKey(channel, firstKeys))) continue;
    for (const { digest, lines } of some) {
      if (!(await inbox.hasKey(channel, [`import:${digest}:1`]))) continue;
      return Array.from({ length: lines }, (_, i) => `import:${digest}:${i + 1}`);
    }
  }
  return [];
}

/** The digests of the first line, the first two lines …, each with its newline and without. */
function digestsOfBeginnings(bytes: Uint8Array): { digest: string; lines: number }[] {
  const whole = createHash('sha256');
  const digests: { digest: string; lines: number }[] = [];
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, from);
    const end = newline < 0 ? bytes.length : newline;
    whole.update(bytes.subarray(from, end));
    const lines = digests.length / 2 + 1;
    digests.push({ digest: whole.copy().digest('base64url'), lines });
    whole.update(bytes.subarray(end, end + 1));
    digests.push({ digest: whole.copy().digest('base64url'), lines });
    from = end + 1;
  }
  return digests;
}
