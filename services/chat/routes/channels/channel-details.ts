import { accountIdOf } from '@parley/contract/accounts/subject.ts';
import type { WorkQueue } from '@parley/kit/limits/work-queue.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';
import type { OpenedStore } from '../../store/opened-store.ts';
import type { ChannelState } from '../../store/store.ts';

/** Until when an account is muted in some channels. */
export async function openMutes(
  { mutes }: OpenedStore,
  { subject }: Identity,
  states: ChannelState[],
) {
  if (subject === undefined || accountIdOf(subject) === undefined) return () => ({});
  const names = states.map(({ channel }) => channel);
  const own = await mutes.of(subject, names, Date.now());
  const known = new Map(own.map(({ channel, until }) => [channel, until]));
  return (channel: string) => {
    const until = known.get(channel);
    return until === undefined ? {} : { mutedUntil: new Date(until).toISOString() };
  };
}

/** The other people of an account's direct channels. */
export async function othersIn(
  { access }: OpenedStore,
  { subject }: Identity,
  states: ChannelState[],
) {
  const id = accountIdOf(subject);
  const own = states.filter((state) => state.private).map(({ channel }) => channel);
  if (id === undefined || own.length === 0) return () => ({});
  const others = await access.othersIn(own, id);
  return (channel: string) => {
    const people = others.get(channel);
    return people ? { people } : {};
  };
}

/** What an account has not read of some channels; nothing for others. */
export async function openCounts(
  { store, queue }: { store: OpenedStore; queue: WorkQueue },
  { subject }: Identity,
  states: ChannelState[],
) {
  const id = accountIdOf(subject);
  if (id === undefined) return () => ({});
  const names = states.map(({ channel }) => channel);
  const found = await queue.run(() => store.readPositions.states(id, names), id);
  const known = new Map(found.map((state) => [state.channel, state]));
  return (channel: string) => known.get(channel) ?? { read: 0, unread: 0, mentioned: 0 };
}
