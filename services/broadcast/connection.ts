import type { Socket } from 'node:net';
import type { Framing } from './framing.ts';
import { type Peer, writePeer } from './tcp-table.ts';

/** Why a stream ended. */
export type CloseReason = 'reader' | 'slow' | 'stalled' | 'unreachable' | 'expired' | 'stopping';

/** How long a reader may take nothing of what waits for it; looked at every second. */
const STALL_LIMIT_MS = 7_000;
/** An idle reader that is gone is found by TCP after 5 s + 4 times 2 s; HalfOpenWatch finds the others. */
const KEEP_ALIVE = [true, 5_000, 2_000, 4] as const;
/** How long a reader may take to receive the end of a stream. */
const END_LIMIT_MS = 1_000;

interface ConnectionParts {
  channel: string;
  framing: Framing;
  maxBytes: number;
  onClose: (connection: Connection, reason: CloseReason) => void;
}

/** One reader: a socket that shared bytes are written to, and that is cut when it costs too much. */
export class Connection {
  readonly channel: string;
  readonly framing: Framing;
  readonly #socket: Socket;
  readonly #maxBytes: number;
  readonly #onClose: (connection: Connection, reason: CloseReason) => void;
  #reason: CloseReason = 'reader';
  #takenBytes = 0;
  #stuckSince = 0;
  #ended = false;
  #onDrained: (() => void) | undefined;

  /** Takes the socket over; `onClose` is called once, however the stream ends. */
  constructor(socket: Socket, { channel, framing, maxBytes, onClose }: ConnectionParts) {
    this.channel = channel;
    this.framing = framing;
    this.#socket = socket;
    this.#maxBytes = maxBytes;
    this.#onClose = onClose;
    socket.setKeepAlive(...KEEP_ALIVE);
    socket.on('drain', () => this.#wake());
    socket.once('close', () => {
      this.#wake();
      this.#onClose(this, isTimedOut(socket) ? 'unreachable' : this.#reason);
    });
  }

  get closed(): boolean {
    return this.#ended || !this.#socket.writable;
  }

  /** Bytes that the reader has not taken. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  /** Who reads, as the kernel's table names it. */
  get peer(): Peer {
    return writePeer(this.#socket.remoteAddress ?? '', this.#socket.remotePort ?? 0);
  }

  /**
   * Writes bytes as they are, without copying them. False when the reader has not taken all of it:
   * whoever has more to send waits for `drained`. A reader that has too much unsent from before is
   * cut instead.
   */
  write(bytes: Buffer | string): boolean {
    if (this.closed) return false;
    if (this.#socket.writableLength <= this.#maxBytes) return this.#socket.write(bytes);
    this.cut('slow');
    return false;
  }

  /** Gathers writes into one until the end of this turn of the event loop. */
  gather(): void {
    this.#socket.cork();
    process.nextTick(() => this.#socket.uncork());
  }

  /** Resolves when the reader has taken everything, or is gone; one at a time may wait. */
  drained(): Promise<void> {
    if (this.closed || !this.#socket.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onDrained = resolve;
    });
  }

  /** Writes a heartbeat, unless bytes wait already. */
  beat(): void {
    if (this.#socket.writableLength === 0) this.write(this.framing.heartbeat);
  }

  /** Cuts a reader that has long taken nothing of what waits for it. */
  checkStalled(nowMs: number): void {
    const { writableLength } = this.#socket;
    if (writableLength === 0) {
      this.#stuckSince = 0;
      return;
    }
    const taken = this.#socket.bytesWritten - writableLength;
    if (this.#stuckSince === 0 || taken > this.#takenBytes) this.#stuckSince = nowMs;
    else if (nowMs - this.#stuckSince > STALL_LIMIT_MS) this.cut('stalled');
    this.#takenBytes = taken;
  }

  /** Ends the stream in order and asks the reader to come back after that time. */
  end(retryMs: number): void {
    this.#endWith(this.framing.goodbye(retryMs), 'stopping');
  }

  /** Ends the stream in order, since its reader's token has expired. */
  expire(): void {
    this.#endWith(this.framing.expired, 'expired');
  }

  #endWith(last: Buffer, reason: CloseReason): void {
    if (this.closed) return;
    this.#reason = reason;
    this.#ended = true;
    this.#socket.end(last);
    setTimeout(() => this.#socket.destroy(), END_LIMIT_MS).unref();
  }

  /** Cuts the reader off; a reader that is there comes back and resumes. */
  cut(reason: CloseReason): void {
    this.#reason = reason;
    this.#socket.destroy();
  }

  #wake(): void {
    this.#onDrained?.();
    this.#onDrained = undefined;
  }
}

/** Whether TCP itself gave the peer up. */
function isTimedOut({ errored }: Socket): boolean {
  return (errored as NodeJS.ErrnoException | null)?.code === 'ETIMEDOUT';
}
