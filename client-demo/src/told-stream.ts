import type { ChatEvent } from '@parley/contract/event.ts';
import type { Hello } from '@parley/contract/sse.ts';
import { closingAfter } from './apply-event.ts';
import type { StreamListener, StreamStatus } from './channel-stream.ts';
import type { Presence } from './presence.ts';
import type { Standing } from './standing.ts';
import type { SharedState } from './tab-note.ts';

/**
 * What a tab's page has been told of a stream, whoever holds the connection, so that it can be told
 * to other tabs.
 */
export class ToldStream {
  readonly #listener: StreamListener;
  #status: StreamStatus = { state: 'connecting' };
  #hello: Hello | undefined;
  #presence: Presence | undefined;

  constructor(listener: StreamListener) {
    this.#listener = listener;
  }

  /** All that another tab has to know, where this one stands at `standing`. */
  stateAt(standing: Standing | undefined): SharedState {
    return { status: this.#status, hello: this.#hello, presence: this.#presence, standing };
  }

  event(event: ChatEvent): void {
    if (this.#hello) this.#hello = helloAfter(this.#hello, event);
    this.#listener.onEvent(event);
  }

  greet(hello: Hello): void {
    this.#hello = hello;
    this.#listener.onHello(hello);
  }

  status(status: StreamStatus): void {
    this.#status = status;
    this.#listener.onStatus(status);
  }

  presence(presence: Presence): void {
    this.#presence = presence;
    this.#listener.onPresence(presence);
  }

  /** Takes over what the leading tab knows. */
  adopt({ hello, presence, status }: SharedState): void {
    if (hello) this.greet(hello);
    if (presence) this.presence(presence);
    this.status(this.#asFollower(status));
  }

  /** What was resumed before this tab followed was not missed by it. */
  #asFollower(status: StreamStatus): StreamStatus {
    if (status.state !== 'resumed' || this.#status.state === 'reconnecting') return status;
    return this.#status.state === 'resumed' ? this.#status : { state: 'live' };
  }
}

/** A greeting as it would be after an event. */
function helloAfter(hello: Hello, event: ChatEvent): Hello {
  const { epoch, seq } = event;
  if (hello.epoch === epoch && seq <= hello.head) return hello;
  const { closed: wasClosed = false, ...known } = hello;
  const { closed } = closingAfter({ closed: wasClosed, seq: 0 }, [event]);
  return { ...known, epoch, head: seq, ...(closed && { closed }) };
}
