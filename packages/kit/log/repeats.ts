import type { LoggerOptions } from 'pino';

/**
 * Most lines with the same text that are written in a span of time; later ones are only counted.
 */
const WRITTEN_MAX = 10;
const SPAN_MS = 10_000;
/** Most texts that are counted at the same time; our own texts are far fewer. */
const TEXTS_MAX = 1_000;
/** Lines below this level are never counted: a user who turns them on wants each one. */
const INFO = 30;

type LogMethod = NonNullable<NonNullable<LoggerOptions['hooks']>['logMethod']>;

interface Repeated {
  written: number;
  counted: number;
}

/**
 * Writes a line that repeats often only a few times, then one line with the count of the rest.
 * Lines are the same when their level and text are; fields, which clients may choose, are not
 * compared.
 */
export function openRepeats(): LogMethod {
  const texts = new Map<string, Repeated>();
  return function log(args, method, level) {
    const text = args.find((arg) => typeof arg === 'string');
    if (level < INFO || text === undefined) return method.apply(this, args);
    const key = `${level} ${text}`;
    const repeated = texts.get(key);
    if (!repeated) {
      if (texts.size < TEXTS_MAX) {
        texts.set(key, { written: 1, counted: 0 });
        setTimeout(() => {
          const { counted = 0 } = texts.get(key) ?? {};
          texts.delete(key);
          if (counted > 0) method.apply(this, [{ repeated: counted }, text]);
        }, SPAN_MS).unref();
      }
      return method.apply(this, args);
    }
    if (repeated.written >= WRITTEN_MAX) return void repeated.counted++;
    repeated.written++;
    return method.apply(this, args);
  };
}
