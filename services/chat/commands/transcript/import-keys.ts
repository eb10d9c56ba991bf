import { createHash, hash } from 'node:crypto';
import type { OpenedStore } from '../../store/opened-store.ts';

/** Keys that are looked up at once. */
const BATCH = 500;
const NEWLINE = 0x0a;

/**
 * The key of each line of a transcript. It is made of the line, and of the number of equal lines
 * before it, so that a line has the same key in a file that has grown. It begins with a space,
 * which no key of a client has.
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
 * The keys of lines that an older Parley imported; empty when it imported none. It made them of the
 * content of the whole file, which may be the beginning of this file.
 */
export async function olderKeys(
  { inbox }: Pick<OpenedStore, 'inbox'>,
  channel: string,
  bytes: Uint8Array,
): Promise<string[]> {
  let found: Beginning | undefined;
  for (const some of batches(beginnings(bytes))) {
    if (!(await inbox.hasKey(channel, some.map(firstKey)))) continue;
    for (const one of some) if (await inbox.hasKey(channel, [firstKey(one)])) found = one;
  }
  const { digest, lines } = found ?? { digest: '', lines: 0 };
  return Array.from({ length: lines }, (_, i) => `import:${digest}:${i + 1}`);
}

/** The beginning of a file: its number of lines, and their digest. */
interface Beginning {
  digest: string;
  lines: number;
}

const firstKey = ({ digest }: Beginning) => `import:${digest}:1`;

/** The first line, the first two lines …, each without its last newline and with it. */
function* beginnings(bytes: Uint8Array): Generator<Beginning> {
  const whole = createHash('sha256');
  for (let from = 0, lines = 1; from < bytes.length; lines++) {
    const newline = bytes.indexOf(NEWLINE, from);
    const end = newline < 0 ? bytes.length : newline;
    whole.update(bytes.subarray(from, end));
    yield { digest: whole.copy().digest('base64url'), lines };
    whole.update(bytes.subarray(end, end + 1));
    yield { digest: whole.copy().digest('base64url'), lines };
    from = end + 1;
  }
}

function* batches(all: Iterable<Beginning>): Generator<Beginning[]> {
  let some: Beginning[] = [];
  for (const one of all) {
    if (some.push(one) < BATCH) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}
