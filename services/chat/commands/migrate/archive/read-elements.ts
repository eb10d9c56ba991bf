import { decodeUtf8 } from '@parley/contract/utf8.ts';
import { PlainError } from '@parley/kit/plain-error.ts';

/** Most bytes of one message or person, as JSON. Mattermost's own import has the same limit. */
export const ELEMENT_MAX_BYTES = 16 * 1_048_576;

const TOO_LONG = `one of its entries has more than ${ELEMENT_MAX_BYTES / 1_048_576} MB; it is refused`;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const NEWLINE = 0x0a;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);
/** Space, tab, line breaks, and the bytes of a byte order mark. */
const BLANK = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);

/**
 * The elements of a file that is one JSON array. Only one element is in memory at a time.
 * @throws PlainError for a file that is not such an array, or has an element over ELEMENT_MAX_BYTES
 */
export async function* readElements(
  chunks: AsyncIterable<Buffer>,
  where: string,
): AsyncGenerator<unknown> {
  const element = gather(where);
  let depth = 0;
  let quoted = false;
  let escaped = false;
  let ended = false;
  for await (const chunk of chunks) {
    let from = depth > 0 ? 0 : -1;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      if (quoted) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) quoted = false;
      } else if (depth === 0) {
        if (BLANK.has(byte)) continue;
        if (ended || byte !== 0x5b) throw new PlainError(`${where}: it is not a list in JSON`);
        depth = 1;
        from = i + 1;
      } else if (byte === QUOTE) quoted = true;
      else if (OPENING.has(byte)) depth++;
      else if ((CLOSING.has(byte) && --depth === 0) || (byte === COMMA && depth === 1)) {
        element.add(chunk.subarray(from, i));
        const text = element.take();
        ended = depth === 0;
        from = ended ? -1 : i + 1;
        // An empty list has nothing before its end.
        if (text.trim() !== '' || !ended) yield parseJson(text, where);
      }
    }
    if (from >= 0) element.add(chunk.subarray(from));
  }
  if (!ended) throw new PlainError(`${where}: it is not a list in JSON, or its end is missing`);
}

/**
 * The lines of a file, each as JSON, with the number of the line. Empty lines are left out.
 * @throws PlainError for a line that is not JSON or has more than ELEMENT_MAX_BYTES
 */
export async function* readJsonLines(
  chunks: AsyncIterable<Buffer>,
  where: string,
): AsyncGenerator<[value: unknown, number: number]> {
  const line = gather(where);
  let number = 0;
  const take = function* (): Generator<[unknown, number]> {
    const text = line.take();
    number++;
    if (text.trim() !== '') yield [parseJson(text, `${where}:${number}`), number];
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      line.add(chunk.subarray(from, end));
      yield* take();
      from = end + 1;
    }
    line.add(chunk.subarray(from));
  }
  yield* take();
}

/** Gathers the parts of a text, which may be in several chunks. */
function gather(where: string) {
  let parts: Buffer[] = [];
  let bytes = 0;
  return {
    add(part: Buffer): void {
      bytes += part.length;
      if (bytes > ELEMENT_MAX_BYTES) throw new PlainError(`${where}: ${TOO_LONG}`);
      if (part.length > 0) parts.push(part);
    },
    take(): string {
      const [first] = parts;
      const whole = parts.length === 1 && first ? first : Buffer.concat(parts);
      parts = [];
      bytes = 0;
      try {
        return decodeUtf8(whole, 'it');
      } catch {
        throw new PlainError(`${where}: it is not valid UTF-8`);
      }
    },
  };
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PlainError(`${where}: it is not JSON: ${text.trim().slice(0, 60)}`);
  }
}
