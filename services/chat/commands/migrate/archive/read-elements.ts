import { decodeUtf8 } from '@parley/contract/utf8.ts';
import { PlainError } from '@parley/kit/plain-error.ts';
import { gather, readLines } from '../../read-file.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);
/** Space, tab, line breaks, and the bytes of a byte order mark. */
const BLANK = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);

/**
 * The elements of a file that is one JSON array. Only one element is in memory at a time.
 * @throws PlainError for a file that is not such an array, or has an element over ENTRY_MAX_BYTES
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
        const text = textOf(element.take(), where);
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
 * @throws PlainError for a line that is not JSON or has more than ENTRY_MAX_BYTES
 */
export async function* readJsonLines(
  chunks: AsyncIterable<Buffer>,
  where: string,
): AsyncGenerator<[value: unknown, number: number]> {
  for await (const [line, number] of readLines(chunks, where)) {
    const text = textOf(line, where);
    if (text.trim() !== '') yield [parseJson(text, `${where}:${number}`), number];
  }
}

function textOf(bytes: Buffer, where: string): string {
  try {
    return decodeUtf8(bytes, 'it');
  } catch {
    throw new PlainError(`${where}: it is not valid UTF-8`);
  }
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PlainError(`${where}: it is not JSON: ${text.trim().slice(0, 60)}`);
  }
}
