import type { Connection } from './connection.ts';
import { type Peer, readRetransmitting } from './tcp-table.ts';

const LOOK_EVERY_MS = 5_000;
/** How long a peer may leave bytes without an answer, seen at every look. */
const SILENCE_LIMIT_MS = 9_500;

interface Silence {
  since: number;
  retransmissions: number;
}

/**
 * Cuts readers that have vanished without a word, as when a phone leaves its network. TCP's keep-alive
 * finds those that were idle, but is silent while bytes wait for an acknowledgement, as after a
 * heartbeat: then the kernel repeats them for a quarter of an hour. TCP_USER_TIMEOUT would bound
 * that; Node does not offer it, so the kernel's own table is looked at
 * (docs/decisions/0011-half-open-readers.md).
 */
export class HalfOpenWatch implements Disposable {
  readonly #connections: Set<Connection>;
  readonly #timer: NodeJS.Timeout;
  #silent = new Map<Peer, Silence>();

  /** Watches a set that stays the caller's. */
  constructor(connections: Set<Connection>) {
    this.#connections = connections;
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#connections.size === 0) return;
    const gone = this.#judge(await readRetransmitting(), performance.now());
    if (gone.size === 0) return;
    for (const connection of this.#connections) {
      if (gone.has(connection.peer)) connection.cut('unreachable');
    }
  }

  /** Who has been silent for too long; an acknowledgement sets the kernel's count back. */
  #judge(retransmitting: Map<Peer, number>, nowMs: number): Set<Peer> {
    const silent = new Map<Peer, Silence>();
    const gone = new Set<Peer>();
    for (const [peer, retransmissions] of retransmitting) {
      const before = this.#silent.get(peer);
      const goesOn = before !== undefined && retransmissions >= before.retransmissions;
      const since = goesOn ? before.since : nowMs;
      silent.set(peer, { since, retransmissions });
      if (nowMs - since > SILENCE_LIMIT_MS) gone.add(peer);
    }
    this.#silent = silent;
    return gone;
  }
}
