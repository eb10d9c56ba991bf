import { parseBusAddresses } from '@parley/kit/bus/addresses.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { BusConfig } from '@parley/kit/bus/bus-settings.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Authenticator } from '@parley/kit/tokens/authenticator.ts';
import type { Committer } from '../log/committer.ts';
import type { Explain } from '../log/refusal.ts';
import type { Signals } from '../log/signals.ts';
import type { ChatMetrics } from '../metrics.ts';
import type { PostLimit } from '../post-limit.ts';
import type { ChatConfig } from '../settings.ts';
import type { OpenedStore } from '../store/opened-store.ts';
import { Inbox } from './inbox.ts';
import { InboxWriter } from './inbox-writer.ts';
import { senderOf } from './sender-of.ts';

interface InboxParts {
  store: OpenedStore;
  committer: Committer;
  signals: Signals;
  explain: Explain;
  authenticator: Authenticator;
  bus: Bus;
  log: Log;
  metrics: ChatMetrics;
  clock: () => number;
  limit: PostLimit | undefined;
}

/** Begins to store what devices publish, unless INBOX is off. `link` has the broker's address. */
export function openInbox(
  { inbox, serverName, link }: Pick<ChatConfig, 'inbox'> & { serverName: string; link: BusConfig },
  {
    store,
    committer,
    signals,
    explain,
    authenticator,
    bus,
    log,
    metrics,
    clock,
    limit,
  }: InboxParts,
): AsyncDisposable | undefined {
  if (inbox === 'off') return undefined;
  const { password = '' } = parseBusAddresses(link.mqttUrl);
  const writer = new InboxWriter({
    committer,
    signals,
    explain,
    store,
    authenticator,
    bus,
    serverName,
    clock,
    log,
    metrics,
    limit,
    addressOf: (received) => senderOf(received, password),
  });
  return new Inbox(link, { bus, store, writer, log, openGauge: metrics.openInboxGauge() });
}
