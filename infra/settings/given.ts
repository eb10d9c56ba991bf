import { loadSettings, type Setting } from '@parley/kit/settings/settings.ts';
import { parts, settingOf } from './programs.ts';

/** A variable that a deployment gives to a program. */
export interface Given {
  /** Where it is written, for a person. */
  where: string;
  program: string;
  variable: string;
  /** Undefined where it is known at run time alone. */
  value?: string | undefined;
}

/** What is wrong with variables, a line each: no such setting, a value that it does not take, a wrong port. */
export function givenFaults(all: Given[]): string[] {
  return all.flatMap((given) => {
    const setting = settingOf(given.program, given.variable);
    const faults = setting
      ? [...valueFaults(given, setting), ...portFaults(given, all)]
      : [`${given.program} has no setting ${given.variable}`];
    return faults.map((fault) => `${given.where}: ${fault}`);
  });
}

/** The part itself is asked; of a secret the name of its file is given, which is elsewhere. */
function valueFaults({ variable, value }: Given, setting: Setting<unknown>): string[] {
  if (value === undefined || setting.env !== variable) return [];
  try {
    loadSettings({ setting }, { [variable]: value });
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** An address of another part has the port at which it listens there, or by default. */
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

/** The port for HTTP of a program: that which it is given, or its own. */
export function portOf(program: string, all: Given[]): string {
  const given = all.find((one) => one.program === program && one.variable === 'PORT');
  return given?.value ?? String(settingOf(program, 'PORT')?.default);
}
