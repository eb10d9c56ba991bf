import { open } from 'node:fs/promises';
import { PlainError } from '@parley/kit/plain-error.ts';

/**
 * Most bytes of one line, or of one message or person, as JSON. Mattermost's own import has the same
 * limit.
 */
export const ENTRY_MAX_BYTES = 16 * 1_048_576;

const TOO_LONG = `one of its entries has more than ${ENTRY_MAX_BYTES / 1_048_576} MB; it is refused`;

const NEWLINE = 0x0a;

/** The content of a file in chunks. @throws PlainError when it cannot be read */
export async function* readFile(path: string): AsyncGenerator<Buffer> {
  try {
    await using file = await open(path);
    for await (const chunk of file.createReadStream({ autoClose: false })) yield chunk as Buffer;
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The error for a path that cannot be read; other errors as they are. */
export function unreadable(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? error : new PlainError(`${path}: it cannot be read (${code})`);
}

/**
 * The lines of a file, each with its number. Only one line is in memory at a time. A line ends with
 * LF, because a text may have every other character that ends a line elsewhere.
 * @throws PlainError for a line over ENTRY_MAX_BYTES
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  where: string,
): AsyncGenerator<[line: Buffer, number: number]> {
  const line = gather(where);
  let number = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      line.add(chunk.subarray(from, end));
      yield [line.take(), ++number];
      from = end + 1;
    }
    line.add(chunk.subarray(from));
  }
  const last = line.take();
  if (last.length > 0) yield [last, ++number];
}

/**
 * Gathers the parts of an entry, which may be in several chunks. Adding throws a PlainError for an
 * entry over ENTRY_MAX_BYTES.
 */
export function gather(where: string) {
  let parts: Buffer[] = [];
  let bytes = 0;
  return {
    add(part: Buffer): void {
      bytes += part.length;
      if (bytes > ENTRY_MAX_BYTES) throw new PlainError(`${where}: ${TOO_LONG}`);
      if (part.length > 0) parts.push(part);
    },
    take(): Buffer {
      const [first] = parts;
      const whole = parts.length === 1 && first ? first : Buffer.concat(parts);
      parts = [];
      bytes = 0;
      return whole;
    },
  };
}
