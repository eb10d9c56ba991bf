import { openChannelMatch } from '@parley/contract/channels/channel-pattern.ts';
import type { EventsPage } from '@parley/contract/events/events-page.ts';
import { CANARY_CHANNEL } from '@parley/contract/streams/canary.ts';
import type { ChatClient } from '@parley/kit/chat-client.ts';
import { WorkQueue } from '@parley/kit/limits/work-queue.ts';
import { mayEnter } from '../rights.ts';
import { HOOKS_MAX, type Hook } from '../store/store.ts';

/** Channels of one hook that are delivered at the same time, each with one request under way. */
export const CHANNELS_AT_ONCE = 8;

/** Chat as the hooks read it. */
export interface LogClients {
  /** Sees no private channel. */
  outsider: Pick<ChatClient, 'after' | 'channels'>;
  /** Sees private channels; undefined where there are none, because there is no token. */
  service: () => Pick<ChatClient, 'after' | 'heads' | 'privateChannels'> | undefined;
  /** Reads the pages. */
  queue: WorkQueue;
}

/** The log as the administrator of a hook may read it. */
export interface HookLog {
  /** True when the hook has the channel, as far as its name says. */
  matches(channel: string): boolean;
  /** The oldest events above `after`. A channel that may not be read is as one that does not exist. */
  page(channel: string, after: number, limit: number): Promise<EventsPage>;
  /** Channels that are named without a pattern: they may be private. */
  named: string[];
}

/** Pages that are read at once, of all hooks together: each may have 1 MB. */
const PAGES_AT_ONCE = 8;

/** Opens the queue in which the pages of all hooks are read. */
export function openPageQueue(): WorkQueue {
  return new WorkQueue({
    atOnce: PAGES_AT_ONCE,
    waitingMax: HOOKS_MAX * CHANNELS_AT_ONCE,
    refusal: 'Too many channels are delivered.',
  });
}

/**
 * Opens the log for a hook. A pattern chooses no private channel, as in streams. A private channel that
 * is named is read while the administrator who made the hook may enter it.
 */
export function openHookLog({ outsider, service, queue }: LogClients, hook: Hook): HookLog {
  const named = hook.channels.filter((channel) => !channel.includes('*'));
  const isNamed = new Set(named);
  const isChosen = openChannelMatch(hook.channels);
  const mayRead = hook.rights.public === null ? () => true : openChannelMatch(hook.rights.public);

  return {
    named,
    matches: (channel) => channel !== CANARY_CHANNEL && isChosen(channel) && mayRead(channel),
    page: (channel, after, limit) =>
      queue.run(async () => {
        const chat = isNamed.has(channel) ? service() : undefined;
        const [found] = (await chat?.privateChannels([channel])) ?? [];
        const enters = found && mayEnter(hook.rights.private, channel, found.members ?? []);
        return (enters && chat ? chat : outsider).after(channel, after, limit);
      }),
  };
}
