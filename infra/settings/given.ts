import { loadSettings, type Setting } from '@parley/kit/settings/settings.ts';
import { parts, settingOf } from './programs.ts';

/** A variable that a deployment gives to a program. */
export interface Given {
  /** The file or deployment that gives it, for messages. */
  where: string;
  program: string;
  variable: string;
  /** Undefined when it is known only at run time. */
  value?: string | undefined;
}

/** Faults of variables, one line each: an unknown setting, an invalid value, a wrong port. */
export function givenFaults(all: Given[]): string[] {
  return all.flatMap((given) => {
    const setting = settingOf(given.program, given.variable);
    const faults = setting
      ? [...valueFaults(given, setting), ...portFaults(given, all)]
      : [`${given.program} has no setting ${given.variable}`];
    return faults.map((fault) => `${given.where}: ${fault}`);
  });
}

/**
 * Checks a value with the program's own setting. Skips `*_FILE` variables, whose files are
 * elsewhere.
 */
function valueFaults({ variable, value }: Given, setting: Setting<unknown>): string[] {
  if (value === undefined || setting.env !== variable) return [];
  try {
    loadSettings({ setting }, { [variable]: value });
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

/**
 * Checks that the URL of another service has the port on which it listens there, or its default
 * port.
 */
function portFaults({ where, variable, value = '' }: Given, all: Given[]): string[] {
  const [, host = '', port] = /^https?:\/\/(?:parley-)?([\w-]+):(\d+)/.exec(value) ?? [];
  const program = parts[host];
  if (program === undefined) return [];
  const listens = portOf(
    program,
    all.filter((given) => given.where === where),
  );
  return port === listens
    ? []
    : [`${variable} leads to ${port}, but ${host} listens on ${listens}`];
}

/** The HTTP port of a program: the given one, or its default. */
export function portOf(program: string, all: Given[]): string {
  const given = all.find((one) => one.program === program && one.variable === 'PORT');
  return given?.value ?? String(settingOf(program, 'PORT')?.default);
}
