import { pino } from 'pino';

/**
 * Longest texts in a line: our own are shorter, and a stack trace is useful only up to its limit.
 */
const TEXT_MAX = 256;
const STACK_MAX = 8_192;
const ITEMS_MAX = 50;
const DEPTH_MAX = 4;

/** Cuts the texts in the fields of a log line, since clients may have sent them. */
export function cutTexts(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .slice(0, ITEMS_MAX)
      .map(([name, value]) => [name, cut(value, name, 0)]),
  );
}

function cut(value: unknown, name: string, depth: number): unknown {
  if (typeof value === 'string') return cutText(value, name === 'stack' ? STACK_MAX : TEXT_MAX);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return '…';
  if (Array.isArray(value)) {
    return value.slice(0, ITEMS_MAX).map((one) => cut(one, name, depth + 1));
  }
  // The serializer of errors runs afterwards and cuts their texts.
  if (value instanceof Error) return value;
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, ITEMS_MAX)
      .map(([key, one]) => [key, cut(one, key, depth + 1)]),
  );
}

/** Writes an error as pino does, with cut texts. */
export function cutError(error: Error): unknown {
  return error instanceof Error ? cut({ ...pino.stdSerializers.err(error) }, 'err', 0) : error;
}

/** The beginning of a text, and how many characters are missing. */
function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max).toWellFormed()}… (${text.length - max} characters more)`;
}
