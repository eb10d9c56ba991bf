import type { Figure } from './figure.ts';
import type { BrokerKind } from './system/broker.ts';
import { type NchanFiles, startNchan } from './system/nchan.ts';
import { type Place, startParley } from './system/parley.ts';
import type { SystemUnderTest } from './system/system-under-test.ts';

/** What a scenario has to work with. */
export interface Bench extends Place {
  quick: boolean;
  /** Over which broker parts speak that run apart. */
  broker: BrokerKind;
  repeats: number;
  /** Undefined where nchan is not installed: then nothing is compared. */
  nchan: NchanFiles | undefined;
  /** Tells the person who waits what is going on. */
  say(line: string): void;
}

/** Measures one thing. Rejects when it could not; a Skip when this machine does not allow it. */
export type Scenario = (bench: Bench) => Promise<Figure[]>;

/** Why a scenario could not even begin here. */
export class Skip extends Error {
  override readonly name = 'Skip';
}

/** The two sides of a comparison in the order in which they run; only Parley without nchan. */
export function sidesOf(bench: Bench): (() => Promise<SystemUnderTest>)[] {
  const { sandbox, nchan } = bench;
  const parley = () => startParley(bench);
  return nchan === undefined ? [parley] : [parley, () => startNchan(sandbox, nchan)];
}
