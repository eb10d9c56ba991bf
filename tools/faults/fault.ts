import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '@parley/testkit/random.ts';
import type { Component } from './components/component.ts';

export const FAULT_KINDS = ['kill', 'freeze', 'restart', 'cut', 'hold'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault to inject into a component. `ms` is how long it lasts. */
export interface Fault {
  component: Component;
  kind: FaultKind;
  ms: number;
}

const SHORTEST_MS = 500;
const LONGEST_MS = 5_000;
/** Shorter, since the start of a killed or restarted component takes time, too. */
const LONGEST_DOWN_MS = 2_000;

/** Every fault that a component can have, each with a random length. */
export function faultsOf(component: Component, random: Random): Fault[] {
  const kinds = FAULT_KINDS.filter((kind) => !isOfLinks(kind) || component.links.length > 0);
  return kinds.map((kind) => {
    const away = kind === 'kill' || kind === 'restart';
    const ms = away ? random.between(0, LONGEST_DOWN_MS) : random.between(SHORTEST_MS, LONGEST_MS);
    return { component, kind, ms: Math.round(ms) };
  });
}

/** Injects a fault and ends it. Resolves when the component works again. */
export async function inject({ component, kind, ms }: Fault): Promise<void> {
  if (isOfLinks(kind)) await breakLinks(component, kind, ms);
  else if (kind === 'freeze') await freeze(component, ms);
  else await takeDown(component, kind === 'kill' ? 'kill' : 'in order', ms);
}

function isOfLinks(kind: FaultKind): kind is 'cut' | 'hold' {
  return kind === 'cut' || kind === 'hold';
}

async function breakLinks({ links }: Component, kind: 'cut' | 'hold', ms: number): Promise<void> {
  for (const link of links) link[kind]();
  await delay(ms);
  for (const link of links) link.heal();
}

async function freeze(component: Component, ms: number): Promise<void> {
  const pids = component.pids();
  signal(pids, 'SIGSTOP');
  await delay(ms);
  signal(pids, 'SIGCONT');
}

/** Sends a signal to each process. Ignores processes that have ended meanwhile. */
function signal(pids: number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

async function takeDown(component: Component, how: 'kill' | 'in order', ms: number): Promise<void> {
  await component.end(how);
  await delay(ms);
  await component.begin();
}
