import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '@parley/testkit/random.ts';
import type { Component } from './components/component.ts';
import { type Fault, faultsOf, inject } from './fault.ts';

const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_500;
/** Probability that a second component fails together with the first. */
const TOGETHER = 0.25;

interface Schedule {
  components: Component[];
  random: Random;
  /** No fault begins after this signal. Faults under way are ended. */
  until: AbortSignal;
  /** Called when a fault begins. */
  onFault: (fault: Fault) => void;
}

/**
 * Injects faults in rounds until the signal. In a round each component has every fault once, in a
 * random order. Sometimes two components fail together. Resolves when all components work again.
 */
export async function injectFaults({
  components,
  random,
  until,
  onFault,
}: Schedule): Promise<void> {
  for (const group of groups(components, random)) {
    await delay(random.between(SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS), undefined, {
      signal: until,
    }).catch(() => undefined);
    if (until.aborted) return;
    for (const fault of group) onFault(fault);
    await Promise.all(group.map(inject));
  }
}

/** Faults that happen together: one, or two of different components. */
function* groups(components: Component[], random: Random): Generator<Fault[]> {
  let first: Fault | undefined;
  for (const fault of inTurn(components, random)) {
    if (!first) {
      first = fault;
    } else if (first.component !== fault.component && random.next() < TOGETHER) {
      yield [first, fault];
      first = undefined;
    } else {
      yield [first];
      first = fault;
    }
  }
}

function* inTurn(components: Component[], random: Random): Generator<Fault> {
  for (;;) {
    const left = components.map((component) => random.shuffled(faultsOf(component, random)));
    while (left.some((faults) => faults.length > 0)) {
      for (const faults of random.shuffled(left)) {
        const fault = faults.pop();
        if (fault) yield fault;
      }
    }
  }
}
