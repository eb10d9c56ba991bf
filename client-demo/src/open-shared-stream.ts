import { ChannelStream, type StreamListener } from './channel-stream.ts';
import { fetchEventsAfter, fetchEventsBefore } from './fetch-events.ts';
import { SharedStream, sharedStreamName } from './shared-stream.ts';

/** How much of a channel's log is read at once. */
export const PAGE = 50;

/** What a page needs of a stream, whoever holds the connection. */
export type OpenStream = Pick<
  SharedStream,
  'leads' | 'retryNow' | 'reopen' | 'rest' | 'wake' | 'close'
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
    log: {
      newest: (before, limit) => fetchEventsBefore(channel, before, limit),
      after: (seq, limit) => fetchEventsAfter(channel, seq, limit),
    },
  });
}

function openOwnStream(channel: string, listener: StreamListener): OpenStream {
  const stream = new ChannelStream({ channel, listener, last: PAGE });
  return {
    leads: true,
    retryNow: () => stream.retryNow(),
    reopen: () => stream.reopen(),
    close: () => stream.close(),
    rest: () => {},
    wake: () => {},
  };
}
