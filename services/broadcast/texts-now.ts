import type { ChatDelete, ChatEdit, ChatEvent } from '@parley/contract/event.ts';
import { messageAfter } from '@parley/contract/message-after.ts';
import { decodeEventFrame, encodeEventFrame } from '@parley/contract/sse.ts';
import type { Backlog } from './backlog.ts';

/**
 * Keeps the texts in a backlog as they are now: an edit or a delete changes the frames of its
 * message and of the message's earlier edits, as it does in the log.
 */
export class TextsNow {
  readonly #backlog: Backlog;
  #edits: { seq: number; ref: number }[];

  /** `events` are those that the backlog begins with, as the log has them now. */
  constructor(backlog: Backlog, events: ChatEvent[] = []) {
    this.#backlog = backlog;
    this.#edits = events.filter((event) => event.kind === 'edit');
  }

  /** Takes in an event that has been added to the backlog. */
  take(event: ChatEdit | ChatDelete): void {
    this.#edits = this.#edits.filter(({ seq }) => seq > this.#backlog.start);
    const edits = this.#edits.filter(({ ref }) => ref === event.ref);
    for (const seq of [event.ref, ...edits.map((edit) => edit.seq)]) this.#amend(seq, event);
    if (event.kind === 'edit') this.#edits.push({ seq: event.seq, ref: event.ref });
  }

  #amend(seq: number, by: ChatEdit | ChatDelete): void {
    const frame = this.#backlog.frameOf(seq);
    if (!frame) return;
    const event = after(decodeEventFrame(frame.toString()), by);
    this.#backlog.replace(seq, Buffer.from(encodeEventFrame(event)));
  }
}

function after(event: ChatEvent, by: ChatEdit | ChatDelete): ChatEvent {
  if (event.kind === 'message') return messageAfter(event, by);
  return event.kind === 'edit'
    ? { ...event, message: by.kind === 'edit' ? by.message : '' }
    : event;
}
