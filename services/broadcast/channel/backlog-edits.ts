import type { ChatDelete, ChatEdit, ChatEvent } from '@parley/contract/events/event.ts';
import { messageAfter } from '@parley/contract/events/message-after.ts';
import { decodeEventFrame, encodeEventFrame } from '@parley/contract/streams/sse.ts';
import type { Backlog, SharedFrame } from './backlog.ts';
import { encodeFrames, ownBuffer } from './encode-frames.ts';

/** An empty text in the JSON of an edit. */
const NO_TEXT = '"message":""';

/** A message's current text and mentions, as JSON; the frames of all its edits in the backlog share it. */
interface TextNow {
  json: Buffer;
  edits: number;
}

/**
 * Adds events to a backlog and keeps their texts current. As in the log, an edit or a delete
 * changes the frame of its message and the text that the message's earlier edits share. The cost
 * does not depend on the number of edits.
 */
export class BacklogEdits {
  readonly #backlog: Backlog;
  /** By the seq of the message. */
  readonly #texts = new Map<number, TextNow>();

  /** `events` are the backlog's first events, with the texts that the log has now. */
  constructor(backlog: Backlog, events: ChatEvent[] = []) {
    this.#backlog = backlog;
    encodeFrames(events, (frame, event) => this.#addFrame(event, frame));
  }

  /** Adds the event that follows the backlog's last one, and its frame. */
  add(event: ChatEvent, frame: Buffer): void {
    if (event.kind === 'edit' || event.kind === 'delete') this.#amend(event);
    this.#addFrame(event, frame);
  }

  #addFrame(event: ChatEvent, frame: Buffer): void {
    this.#backlog.add(event.kind === 'edit' ? this.#editFrame(event) : frame);
  }

  #amend(by: ChatEdit | ChatDelete): void {
    this.#amendMessage(by);
    const text = this.#texts.get(by.ref);
    if (text) this.#setText(text, by.kind === 'edit' ? by : { message: '' });
  }

  #amendMessage(by: ChatEdit | ChatDelete): void {
    const frame = this.#backlog.frameOf(by.ref);
    if (!Buffer.isBuffer(frame)) return;
    const event = decodeEventFrame(frame.toString());
    if (event.kind !== 'message') return;
    this.#backlog.replace(by.ref, encodeFrame(messageAfter(event, by)));
  }

  #setText(text: TextNow, edit: EditText): void {
    const json = encodeText(edit);
    const longer = (json.length - text.json.length) * text.edits;
    text.json = json;
    this.#backlog.grow(longer);
  }

  #editFrame(edit: ChatEdit): SharedFrame {
    const { mentions, ...fields } = edit;
    const { ref } = fields;
    const text = this.#texts.get(ref) ?? { json: encodeText(edit), edits: 0 };
    text.edits++;
    this.#texts.set(ref, text);
    const own = encodeFrame({ ...fields, message: '' });
    const at = own.indexOf(NO_TEXT) + NO_TEXT.length;
    return {
      get length() {
        return own.length - 2 + text.json.length;
      },
      pieces: () => [own.subarray(0, at - 2), text.json, own.subarray(at)],
      dropped: () => {
        text.edits--;
        if (text.edits === 0) this.#texts.delete(ref);
      },
    };
  }
}

function encodeFrame(event: ChatEvent): Buffer {
  return ownBuffer(encodeEventFrame(event));
}

type EditText = Pick<ChatEdit, 'message' | 'mentions'>;

function encodeText({ message, mentions }: EditText): Buffer {
  const more = mentions ? `,"mentions":${JSON.stringify(mentions)}` : '';
  return ownBuffer(JSON.stringify(message) + more);
}
