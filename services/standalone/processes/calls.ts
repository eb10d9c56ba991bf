/** The other end of Node's channel between two processes. */
interface Peer {
  send?(message: object): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

interface Call {
  call: string;
  id: number;
}

interface Answer {
  /** The id of the call. */
  answered: number;
  value: unknown;
}

const LIMIT_MS = 5_000;

/** Calls between two processes over Node's channel, in both directions. */
export class Calls {
  readonly #peer: Peer;
  readonly #waiting = new Map<number, (value: unknown) => void>();
  #count = 0;

  /** `answers` has the calls that the other process may make. */
  constructor(peer: Peer, answers: Record<string, () => Promise<unknown>>) {
    this.#peer = peer;
    peer.on('message', (message) => {
      const { call, id, answered, value } = message as Partial<Call & Answer>;
      if (answered !== undefined) this.#waiting.get(answered)?.(value);
      const answer = call === undefined ? undefined : answers[call];
      answer?.().then(
        (value) => this.#peer.send?.({ answered: id, value }),
        () => {
          // The limit ends the caller's wait.
        },
      );
    });
  }

  /** Resolves with the answer. @throws Error after 5 s without one */
  async call<R>(name: string): Promise<R> {
    const id = ++this.#count;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const limit = setTimeout(() => reject(new Error('a process does not answer')), LIMIT_MS);
    this.#waiting.set(id, resolve);
    this.#peer.send?.({ call: name, id });
    try {
      return (await promise) as R;
    } finally {
      clearTimeout(limit);
      this.#waiting.delete(id);
    }
  }
}
