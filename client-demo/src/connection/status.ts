/**
 * The state of a channel's connection; `since` and `at` are milliseconds since 1970, and `missed`
 * counts messages.
 */
export type Status =
  | { state: 'connecting' }
  | { state: 'live' }
  | { state: 'reconnecting'; since: number; missed: number }
  | { state: 'resumed'; at: number; missed: number };

/** What changes a status: the connection broke, a message came, or the channel is live. */
export type StatusChange = 'broken' | 'message' | 'live';

/** The status after a change. The missed messages are those between the break and being live again. */
export function statusAfter(status: Status, change: StatusChange): Status {
  if (change === 'broken') {
    const isDown = status.state === 'reconnecting' || status.state === 'connecting';
    return isDown ? status : { state: 'reconnecting', since: Date.now(), missed: 0 };
  }
  if (status.state === 'reconnecting') {
    if (change === 'message') return { ...status, missed: status.missed + 1 };
    return { state: 'resumed', at: Date.now(), missed: status.missed };
  }
  return change === 'live' && status.state === 'connecting' ? { state: 'live' } : status;
}
