import { readFileSync } from 'node:fs';
import convict from 'convict';
import { PlainError } from '../plain-error.ts';
import { addFormats } from './formats.ts';

/** A format that one setting brings: its words for users, and a check that throws what a value must be. */
export interface Format {
  name: string;
  check(text: string): void;
}

/** A setting as convict describes it; `env` is the variable that users set. */
export interface Setting<T> {
  doc: string;
  /** The words of a format in formats.ts, the values allowed, or a format of its own. */
  format: string | string[] | Format;
  default: T;
  env: string;
  /** A secret: `<env>_FILE` may name a file that holds it, and it is never printed. */
  sensitive?: boolean;
}

export type Settings<C> = { [K in keyof C]: Setting<C[K]> };

/** A setting has a wrong value; the message names each wrong setting. */
export class SettingsError extends PlainError {
  override name = 'SettingsError';
}

/**
 * Reads settings from the environment, then from the JSON file that `CONFIG_FILE` names; empty
 * variables count as not set.
 * @throws SettingsError that names every wrong or unknown setting, one per line
 */
export function loadSettings<C extends object>(
  settings: Settings<C>,
  env: NodeJS.ProcessEnv,
): Readonly<C> {
  addFormats();
  const config = convict<C>(schemaOf(settings), {
    env: withSecretsFromFiles(settings, env),
    args: [],
  });
  const { CONFIG_FILE: file } = env;
  if (file) config.load(readJson(file));
  try {
    config.validate({ allowed: 'strict' });
  } catch (error) {
    throw new SettingsError(nameVariables(settings, (error as Error).message));
  }
  return Object.freeze(config.getProperties() as C);
}

/** The settings as convict's schema; a check of our own gets text alone. */
function schemaOf<C extends object>(settings: Settings<C>): convict.Schema<C> {
  const entries = Object.entries<Setting<unknown>>(settings).map(([key, setting]) => {
    const { format } = setting;
    if (typeof format === 'string' || Array.isArray(format)) return [key, setting];
    const ofText = (value: unknown) => {
      if (typeof value !== 'string') throw new Error('must be text');
      format.check(value);
    };
    return [key, { ...setting, format: ofText }];
  });
  return Object.fromEntries(entries) as convict.Schema<C>;
}

function withSecretsFromFiles<C>(settings: Settings<C>, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const filled = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  for (const { env: name, sensitive } of Object.values<Setting<unknown>>(settings)) {
    const file = filled[`${name}_FILE`];
    if (!sensitive || file === undefined) continue;
    if (filled[name] !== undefined)
      throw new SettingsError(`${name}: set it or ${name}_FILE, not both`);
    filled[name] = readText(`${name}_FILE`, file).trim();
  }
  return filled;
}

function readJson(file: string): object {
  const text = readText('CONFIG_FILE', file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SettingsError(`CONFIG_FILE: ${file} is not JSON: ${(error as Error).message}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new SettingsError(`CONFIG_FILE: ${file} is not a JSON object`);
}

/** Reads the file that a setting names. @throws SettingsError that names the setting */
export function readText(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SettingsError(
      `${setting}: cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`,
    );
  }
}

/** Convict's errors name a setting by its key; the user knows the setting by its variable. */
function nameVariables<C>(settings: Settings<C>, message: string): string {
  const names = new Map(
    Object.entries<Setting<unknown>>(settings).map(([key, { env }]) => [key, env]),
  );
  return message
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) =>
      line.replace(/^\s*-?\s*([A-Za-z]+)/, (whole, key) => names.get(key) ?? whole.trim()),
    )
    .join('\n');
}
