import { fetchEventsAfter, fetchEventsBefore, fetchHead } from '../history/fetch-events.ts';
import { ChannelStream, type StreamListener } from './channel-stream.ts';
import { SharedStream, sharedStreamName } from './shared-stream.ts';

/** Number of events that one read of a channel's log asks for. */
export const PAGE = 50;

/** What the page uses of a stream, in a leader tab or a follower tab. */
export type OpenStream = Pick<
  SharedStream,
  'leads' | 'reopen' | 'networkChanged' | 'expect' | 'look' | 'used' | 'rest' | 'wake' | 'close'
>;

/**
 * Opens a channel's stream. It is shared with the browser's other tabs if the browser can do that.
 */
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
    expect: (position) => stream.expect(position),
    look: () => void stream.look(),
    close: () => stream.close(),
    used: () => {},
    rest: () => {},
    wake: () => {},
  };
}

/**
 * Whether the browser opens only a few connections to the server. Over HTTP/2 one connection
 * carries all streams.
 */
function hasFewConnections(): boolean {
  const [page] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  return !/^h[23]/.test(page?.nextHopProtocol ?? '');
}
