import type { BusConfig } from '@parley/kit/bus/bus-settings.ts';

/** What the first process hands over to each of the others when it starts it. */
export interface HandedOver {
  /** The number of the process, from 2. */
  number: number;
  /** The HTTP port, which all processes share. */
  port: number;
  /** How the process reaches the embedded broker; undefined: its settings name another. */
  link: BusConfig | undefined;
  /** Shared secret by which the chat of each process trusts the broadcast of any. */
  ownSecret: string;
}

/** Only this user can read the environment of a process, unlike its command line. */
const VARIABLE = 'PARLEY_HANDED_OVER';

/** The environment with which a process is started. */
export function environmentFor(handedOver: HandedOver): Record<string, string> {
  return { [VARIABLE]: JSON.stringify(handedOver) };
}

/** Takes what was handed over out of the environment, so that no child inherits it. */
export function takeHandedOver(env: NodeJS.ProcessEnv): HandedOver {
  const text = env[VARIABLE];
  if (text === undefined) throw new Error('this program is started by npm start with PROCESSES');
  delete env[VARIABLE];
  return JSON.parse(text) as HandedOver;
}
