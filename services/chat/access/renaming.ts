import { accountIdOf } from '@parley/contract/accounts/subject.ts';
import { parseChannel } from '@parley/contract/channels/channel.ts';
import { CHANNELS_TOPIC } from '@parley/contract/channels/channel-notice.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { CANARY_CHANNEL } from '@parley/contract/streams/canary.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import { type Identity, requirePublish, requireSubscribe } from '@parley/kit/tokens/identity.ts';
import { actOf } from '../accounts/act-of.ts';
import { NO_CHANNEL } from '../log/refusal.ts';
import type { RenameOutcome } from '../store/channels/renaming.ts';
import type { OpenedStore } from '../store/opened-store.ts';
import { announceAccess } from './announce-access.ts';
import { actorOf, mayRead } from './private-channels.ts';

const REFUSALS: Record<Extract<RenameOutcome, { refused: string }>['refused'], () => ChatError> = {
  'not-found': () => new ChatError('not-found', NO_CHANNEL),
  forbidden: () =>
    new ChatError(
      'forbidden',
      'Only the maker of a channel and administrators rename it; a direct channel keeps its name.',
    ),
  muted: () =>
    new ChatError('muted', 'You are muted in this channel for a time, and cannot rename it.'),
  exists: () => new ChatError('channel-exists', 'This name is in use; choose another one.'),
};

/** Renames channels, and tells those that use an old name what the channel is called now. */
export class Renaming {
  readonly #store: Pick<OpenedStore, 'renaming' | 'access'>;
  readonly #bus: Bus;
  readonly #clock: () => number;

  constructor(store: Pick<OpenedStore, 'renaming' | 'access'>, bus: Bus, clock: () => number) {
    this.#store = store;
    this.#bus = bus;
    this.#clock = clock;
  }

  /**
   * Renames a channel. Resolves when the broker has passed the notice on.
   * @throws ChatError `unauthenticated`, `forbidden`, `muted`, `not-found` or `channel-exists`
   */
  async rename(channel: string, name: string, identity: Identity): Promise<void> {
    const by = actorOf(identity, 'rename a channel');
    for (const right of [requirePublish, requireSubscribe])
      for (const one of [channel, name]) right(identity, one);
    if ([channel, name].includes(CANARY_CHANNEL)) throw REFUSALS.forbidden();
    const at = this.#clock();
    const audit = actOf(identity, at, { act: 'rename-channel', channel, detail: name });
    const outcome = await this.#store.renaming.rename({ channel, name, by, at, audit });
    if ('refused' in outcome) throw REFUSALS[outcome.refused]();
    if (!outcome.renamed) return;
    const now = await this.#store.access.find(name).catch(() => undefined);
    // After the other notice: a stream keeps its position in the channel when the old name ends.
    const announced = announceAccess(this.#bus, { channel, change: 'renamed', to: name });
    if (now && !now.private && now.head > 0)
      this.#bus.publish(CHANNELS_TOPIC, JSON.stringify({ channel: name }));
    await announced;
  }

  /**
   * Does nothing for a name that is no old one, or whose channel the client may not read.
   * @throws ChatError `renamed`
   */
  async refuse(channel: string, identity: Identity): Promise<void> {
    const now = await this.#store.renaming.nameNow(channel);
    if (now === undefined || !identity.maySubscribe(now)) return;
    const found = await this.#store.access.find(now);
    if (!found || !mayRead(found, identity, accountIdOf(identity.subject))) return;
    throw new ChatError('renamed', `This channel is called ${now} now; use that name.`, {
      channel: now,
    });
  }

  /** The error for a client: `renamed` in place of `not-found` where its channel has another name. */
  async explain(error: unknown, channel: unknown, identity: Identity): Promise<unknown> {
    if (!(error instanceof ChatError) || error.code !== 'not-found') return error;
    try {
      await this.refuse(parseChannel(channel), identity);
      return error;
    } catch (cause) {
      return cause instanceof ChatError && cause.code === 'renamed' ? cause : error;
    }
  }
}
