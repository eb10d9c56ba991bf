import { ChannelStream, type StreamListener } from './channel-stream.ts';
import { fetchEventsAfter, fetchEventsBefore, fetchHead } from './fetch-events.ts';
import { SharedStream, sharedStreamName } from './shared-stream.ts';

/** How much of a channel's log is read at once. */
export const PAGE = 50;

/** What a page needs of a stream, whoever holds the connection. */
export type OpenStream = Pick<
  SharedStream,
  'leads' | 'reopen' | 'networkChanged' | 'expect' | 'look' | 'used' | 'rest' | 'wake' | 'close'
>;

/** Opens a channel's stream, shared with the browser's other tabs where the browser has the means. */
export function openSharedStream(channel: string, listener: StreamListener): OpenStream {
  if (typeof BroadcastChannel === 'undefined') return openOwnStream(channel, listener);
  return new SharedStream({
    channel,
    listener,
    last: PAGE,
    notes: new BroadcastChannel(sharedStreamName(channel)),
    locks: navigator.locks as LockManager | undefined,
    fetchHead: () => fetchHead(channel),
    budgetNotes: hasFewConnections() ? new BroadcastChannel('parley.streams') : undefined,
    log: {
      newest: (before, limit) => fetchEventsBefore(channel, before, limit),
      after: (seq, limit) => fetchEventsAfter(channel, seq, limit),
    },
  });
}

function openOwnStream(channel: string, listener: StreamListener): OpenStream {
  const stream = new ChannelStream({
    channel,
    listener,
    last: PAGE,
    fetchHead: () => fetchHead(channel),
  });
  return {
    leads: true,
    reopen: () => stream.reopen(),
    networkChanged: () => stream.networkChanged(),
    expect: (place) => stream.expect(place),
    look: () => void stream.look(),
    close: () => stream.close(),
    used: () => {},
    rest: () => {},
    wake: () => {},
  };
}

/** Whether the browser opens few connections to the server: over HTTP/2 one carries all streams. */
function hasFewConnections(): boolean {
  const [page] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  return !/^h[23]/.test(page?.nextHopProtocol ?? '');
}
