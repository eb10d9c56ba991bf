import type { Side } from './compare.ts';
import type { Figure } from './figure.ts';
import type { BrokerKind } from './system/broker.ts';
import { type DeploymentPlan, startParley } from './system/parley.ts';
import { startCentrifugo } from './system/peers/centrifugo.ts';
import { type NchanFiles, startNchan } from './system/peers/nchan.ts';

/** What a scenario gets: where it runs, and its options. */
export interface Bench extends DeploymentPlan {
  quick: boolean;
  /** The broker between services that run as separate processes. */
  broker: BrokerKind;
  repeats: number;
  /** Undefined when nchan is not installed. Parley is then measured without a comparison. */
  nchan: NchanFiles | undefined;
  /** Path of Centrifugo's binary. Undefined when PEER_CENTRIFUGO is not set. */
  centrifugo: string | undefined;
  /** Prints a line of progress. */
  print(line: string): void;
}

/**
 * Measures one thing. Rejects when the measurement fails, with a Skip when this machine cannot run
 * it.
 */
export type Scenario = (bench: Bench) => Promise<Figure[]>;

/** Starters of the compared systems, in the order in which they run. Without nchan only Parley. */
export function sidesOf(bench: Bench): Side[] {
  const { sandbox, nchan } = bench;
  const parley = () => startParley(bench);
  return nchan === undefined ? [parley] : [parley, () => startNchan(sandbox, nchan)];
}

/** Starters of all systems that can be measured here. */
export function allSidesOf(bench: Bench): Side[] {
  const { sandbox, centrifugo } = bench;
  const sides = sidesOf(bench);
  return centrifugo === undefined ? sides : [...sides, () => startCentrifugo(sandbox, centrifugo)];
}
