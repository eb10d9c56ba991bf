import type { ChatEvent } from '@parley/contract/events/event.ts';
import type { Hello } from '@parley/contract/streams/sse.ts';
import type { Presence } from '../channels/presence.ts';
import { closingAfter } from '../history/apply-event.ts';
import type { Position } from '../history/position.ts';
import type { StreamListener, StreamStatus } from './channel-stream.ts';
import type { SharedState } from './tab-note.ts';

/**
 * The state of a stream that this tab's page knows, in a leader or a follower tab, for sending it
 * to other tabs.
 */
export class KnownState {
  readonly #listener: StreamListener;
  #status: StreamStatus = { state: 'connecting' };
  #hello: Hello | undefined;
  #presence: Presence | undefined;

  constructor(listener: StreamListener) {
    this.#listener = listener;
  }

  /** What another tab needs to know, with this tab's position. */
  stateAt(position: Position | undefined): SharedState {
    return { status: this.#status, hello: this.#hello, presence: this.#presence, position };
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

  /** Adopts the state of the leader tab. */
  adopt({ hello, presence, status }: SharedState): void {
    if (hello) this.greet(hello);
    if (presence) this.presence(presence);
    this.status(this.#asFollower(status));
  }

  /** A follower missed nothing of an outage that ended before it followed. */
  #asFollower(status: StreamStatus): StreamStatus {
    if (status.state !== 'resumed' || this.#status.state === 'reconnecting') return status;
    return this.#status.state === 'resumed' ? this.#status : { state: 'live' };
  }
}

/** The hello as it would be after an event. */
function helloAfter(hello: Hello, event: ChatEvent): Hello {
  const { epoch, seq } = event;
  if (hello.epoch === epoch && seq <= hello.head) return hello;
  const { closed: wasClosed = false, ...known } = hello;
  const { closed } = closingAfter({ closed: wasClosed, seq: 0 }, [event]);
  return { ...known, epoch, head: seq, ...(closed && { closed }) };
}
