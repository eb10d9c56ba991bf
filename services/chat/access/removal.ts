import { ChatError } from '@parley/contract/problem.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import { type Identity, requireAdmin } from '@parley/kit/tokens/identity.ts';
import { actOf } from '../accounts/act-of.ts';
import type { RemovalStore } from '../store/channels/removal.ts';
import { announceAccess } from './announce-access.ts';

/** Deletes channels, and announces it. */
export class Removal {
  readonly #store: RemovalStore;
  readonly #bus: Bus;
  readonly #clock: () => number;

  constructor(store: RemovalStore, bus: Bus, clock: () => number) {
    this.#store = store;
    this.#bus = bus;
    this.#clock = clock;
  }

  /**
   * Deletes a channel with all that belongs to it. Resolves when the broker has passed the notice on.
   * @throws ChatError `forbidden` unless an administrator asks, or `not-found`
   */
  async delete(channel: string, identity: Identity): Promise<void> {
    requireAdmin(identity, 'delete channels');
    const at = this.#clock();
    const act = actOf(identity, at, { act: 'delete-channel', channel });
    if (!(await this.#store.delete(channel, at, act))) {
      throw new ChatError('not-found', `There is no channel ${channel}.`);
    }
    await announceAccess(this.#bus, { channel, change: 'deleted' });
  }
}
