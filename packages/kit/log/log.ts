import { pino } from 'pino';
import type { Setting } from '../settings/settings.ts';
import { cutError, cutTexts } from './cut-texts.ts';
import { openRepeats } from './repeats.ts';

export type Log = pino.Logger;

export interface LogConfig {
  logLevel: string;
  logFormat: string;
}

export const logSettings: { [K in keyof LogConfig]: Setting<string> } = {
  logLevel: {
    doc: 'Lines of this level and above are logged. Each request is a line at debug.',
    format: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    default: 'info',
    env: 'LOG_LEVEL',
  },
  logFormat: {
    doc: 'json: one JSON object per line, with the name of its level and its time in UTC; pretty: for people; auto: pretty on a terminal, else json.',
    format: ['auto', 'json', 'pretty'],
    default: 'auto',
    env: 'LOG_FORMAT',
  },
};

/** What a line holds: its level by name, its time in UTC, the part, and fields with cut texts. */
export function logOptions({ logLevel }: Pick<LogConfig, 'logLevel'>, part: string) {
  return {
    level: logLevel,
    base: { part },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { log: cutTexts, level: (level: string) => ({ level }) },
    serializers: { err: cutError },
    hooks: { logMethod: openRepeats() },
  } satisfies pino.LoggerOptions;
}

/**
 * Opens the log on standard output. Each line is written at once, so that a crash loses none. Long
 * texts are cut, because clients may have sent them. Lines that repeat often are counted instead.
 */
export async function openLog(config: LogConfig, part: string): Promise<Log> {
  const options = logOptions(config, part);
  const pretty =
    config.logFormat === 'pretty' || (config.logFormat === 'auto' && process.stdout.isTTY);
  if (!pretty) return pino(options);
  const { default: pinoPretty } = await import('pino-pretty');
  return pino(
    options,
    pinoPretty({ sync: true, ignore: 'pid,hostname,part', translateTime: 'HH:MM:ss' }),
  );
}
