import type { Connection } from './connection.ts';
import { type Peer, readRetransmitting } from './tcp-table.ts';

const LOOK_EVERY_MS = 5_000;
/** How long a peer may leave bytes unacknowledged, in every look at the table. */
const SILENCE_LIMIT_MS = 9_500;

interface Silence {
  since: number;
  retransmissions: number;
}

/**
 * Cuts readers that vanish without closing, as when a phone leaves its network. TCP's keep-alive
 * finds idle ones, but does not run while bytes wait for an acknowledgement, as after a heartbeat:
 * then the kernel retransmits for a quarter of an hour. TCP_USER_TIMEOUT would limit that, but Node
 * does not offer it. So this reads the kernel's own table
 * (docs/decisions/streams/0011-half-open-readers.md).
 */
export class HalfOpenWatch implements Disposable {
  readonly #connections: Set<Connection>;
  readonly #timer: NodeJS.Timeout;
  #silent = new Map<Peer, Silence>();

  /** Checks the current members of `connections`, which the caller updates. */
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

  /** The peers that are silent for too long; an acknowledgement resets the kernel's count. */
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
