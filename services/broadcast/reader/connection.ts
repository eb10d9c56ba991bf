import type { Socket } from 'node:net';
import type { Framing } from '../framing/framing.ts';
import { type Peer, writePeer } from './tcp-table.ts';

/** Why a stream ended. */
export type CloseReason =
  | 'reader'
  | 'slow'
  | 'stalled'
  | 'unreachable'
  | 'expired'
  | 'access'
  | 'stopping';

/** A reader that receives none of its waiting bytes for this long is cut; checked every second. */
const STALL_LIMIT_MS = 7_000;
/** TCP finds a vanished idle reader after 5 s + 4 times 2 s; HalfOpenWatch finds the rest. */
const KEEP_ALIVE = [true, 5_000, 2_000, 4] as const;
/** How long a reader may take to receive the end of a stream. */
const END_LIMIT_MS = 1_000;

interface ConnectionParts {
  channels: string;
  framing: Framing;
  maxBytes: number;
  onClose: (connection: Connection, reason: CloseReason) => void;
}

/** One reader's socket. Shared bytes are written to it; it is cut when too many of them wait. */
export class Connection {
  readonly framing: Framing;
  #channels: string;
  readonly #socket: Socket;
  readonly #maxBytes: number;
  readonly #onClose: (connection: Connection, reason: CloseReason) => void;
  #reason: CloseReason = 'reader';
  #takenBytes = 0;
  #stuckSince = 0;
  #ended = false;
  #onDrained: (() => void) | undefined;
  /** True when its reader may read a channel of that name. */
  mayRead: (channel: string) => boolean = () => false;

  /** Takes the socket over; `onClose` is called once, however the stream ends. */
  constructor(socket: Socket, { channels, framing, maxBytes, onClose }: ConnectionParts) {
    this.#channels = channels;
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

  /** Its channels. Connections with the same channels and framing share their bytes. */
  get channels(): string {
    return this.#channels;
  }

  /** The connection has these channels from now on. A further text keeps its bytes apart. */
  shareBytesOf(names: string[]): void {
    this.#channels = names.toSorted().join(' ');
  }

  /** Bytes written but not yet sent to the reader. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  /** The reader's address and port, to find it in the kernel's TCP table. */
  get peer(): Peer {
    return writePeer(this.#socket.remoteAddress ?? '', this.#socket.remotePort ?? 0);
  }

  /**
   * Writes bytes without copying them. Returns false when some bytes are still unsent: a caller
   * with more to write waits for `drained`. A reader with more than `maxBytes` unsent before the
   * call is cut instead.
   */
  write(bytes: Buffer | string): boolean {
    if (this.closed) return false;
    if (bytes.length === 0) return true;
    if (this.#socket.writableLength <= this.#maxBytes) return this.#socket.write(bytes);
    this.cut('slow');
    return false;
  }

  /** Writes bytes that may be lost, unless other bytes are unsent. */
  offer(bytes: Buffer): boolean {
    if (this.closed || this.#socket.writableLength > 0) return false;
    this.#socket.write(bytes);
    return true;
  }

  /** Combines all writes of this turn of the event loop into one. */
  gather(): void {
    this.#socket.cork();
    process.nextTick(() => this.#socket.uncork());
  }

  /** Resolves when all bytes are sent or the reader is gone; only one caller may wait at a time. */
  drained(): Promise<void> {
    if (this.closed || !this.#socket.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onDrained = resolve;
    });
  }

  /** Writes a heartbeat, unless other bytes wait. */
  beat(): void {
    this.offer(this.framing.heartbeat);
  }

  /** Cuts a reader that has received none of its waiting bytes for too long. */
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

  /** Ends the stream in order and asks the reader to reconnect after `retryMs`. */
  end(retryMs: number): void {
    this.#endWith(this.framing.goodbye(retryMs), 'stopping');
  }

  /** Ends the stream in order because the reader's token has expired. */
  expire(): void {
    this.#endWith(this.framing.expired, 'expired');
  }

  /** Ends the stream in order because its reader has another access now, and comes back. */
  revoke(retryMs: number): void {
    this.#endWith(this.framing.goodbye(retryMs), 'access');
  }

  #endWith(last: Buffer, reason: CloseReason): void {
    if (this.closed) return;
    this.#reason = reason;
    this.#ended = true;
    this.#socket.end(last);
    setTimeout(() => this.#socket.destroy(), END_LIMIT_MS).unref();
  }

  /** Closes the connection at once. A reader that is still there reconnects and resumes. */
  cut(reason: CloseReason): void {
    this.#reason = reason;
    this.#socket.destroy();
  }

  #wake(): void {
    this.#onDrained?.();
    this.#onDrained = undefined;
  }
}

/** True when TCP itself gave up on the peer. */
function isTimedOut({ errored }: Socket): boolean {
  return (errored as NodeJS.ErrnoException | null)?.code === 'ETIMEDOUT';
}
