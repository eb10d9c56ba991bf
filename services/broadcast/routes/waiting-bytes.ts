import type { Metrics } from '@parley/kit/metrics.ts';

/** Bytes of unanswered messages, over all clients. */
const WAITING_BYTES_MAX = 16_000_000;

/** Limits the bytes of a client's unanswered messages. */
export interface WaitingBytes {
  /** False when there is no space. */
  take(frame: Uint8Array): boolean;
  release(frame: Uint8Array): void;
}

/**
 * Opens the limit of the bytes of unanswered messages, over all clients and for each. A client may
 * have as many bytes as are left free after it: one client alone half of them, and there is always
 * space for another one. The result gives a client's limit by its key.
 */
export function openWaitingBytes(
  metrics: Metrics,
  max = WAITING_BYTES_MAX,
): (client: string) => WaitingBytes {
  let all = 0;
  const ofClients = new Map<string, number>();
  metrics.gauge({
    name: 'parley_websocket_waiting_bytes',
    help: 'Bytes of messages received by WebSocket and not answered yet.',
    collect: () => all,
  });
  function add(client: string, bytes: number): void {
    all += bytes;
    const own = (ofClients.get(client) ?? 0) + bytes;
    if (own > 0) ofClients.set(client, own);
    else ofClients.delete(client);
  }
  return (client) => ({
    take({ length }) {
      const own = (ofClients.get(client) ?? 0) + length;
      if (own > max - (all + length)) return false;
      add(client, length);
      return true;
    },
    release: ({ length }) => add(client, -length),
  });
}
