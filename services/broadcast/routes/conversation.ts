import { ChatError } from '@parley/contract/problem.ts';
import { encodeRefusalText } from '@parley/contract/streams/websocket.ts';
import { decodeUtf8 } from '@parley/contract/utf8.ts';
import type { Log } from '@parley/kit/log/log.ts';
import { WebSocket } from 'ws';
import type { WaitingBytes } from './waiting-bytes.ts';

/** Unanswered messages of one client at which reading from it pauses. */
const WAITING_MAX = 32;
/**
 * Unanswered messages of one client above which it is disconnected: bytes that were read before the
 * pause still bring messages.
 */
const READ_MAX = 1_000;
/** Close code 1008, "policy violation" (RFC 6455 section 7.4.1). */
const POLICY_VIOLATION = 1008;
/** Close code 1013, "try again later" (IANA's registry of WebSocket close codes). */
const TRY_AGAIN_LATER = 1013;

/**
 * Does what a text of a client asks for. Resolves with the answer; undefined when it is written
 * already.
 * @throws ChatError with the refusal
 */
export type Handle = (text: string, note: Note) => Promise<string | undefined>;

/** What the answer to a text that is refused repeats of it, as far as it could be read. */
export interface Note {
  key?: string | undefined;
  channel?: unknown;
}

interface Conversation {
  handle: Handle;
  /** Resolves once hello is written; nothing is handled before that. */
  greeted: Promise<void>;
  waitingBytes: WaitingBytes;
  log: Log;
}

/**
 * Handles a client's texts one at a time: an answer is sent before the next text is handled.
 * Messages that arrive before hello wait for it, so that a stream that begins at now has every
 * message that its client sent.
 */
export function converse(
  webSocket: WebSocket,
  { handle, greeted, waitingBytes, log }: Conversation,
): void {
  const waiting: Uint8Array[] = [];
  let answering = false;

  async function answerAll(): Promise<void> {
    answering = true;
    await greeted;
    for (let frame = waiting.shift(); frame !== undefined; frame = waiting.shift()) {
      const text = await answer(frame, handle, log);
      if (text !== undefined) await sent(webSocket, text);
      waitingBytes.release(frame);
      if (waiting.length < WAITING_MAX) webSocket.resume();
    }
    answering = false;
  }

  function end(code: number, reason: string): void {
    forget();
    webSocket.close(code, reason);
  }

  function forget(): void {
    for (const frame of waiting.splice(0)) waitingBytes.release(frame);
  }

  // When a client breaks the protocol, ws closes with the matching code (RFC 6455 section 7.4).
  webSocket.on('error', () => undefined);
  webSocket.on('message', (data) => {
    if (webSocket.readyState !== WebSocket.OPEN) return;
    const frame = data as Buffer;
    if (!waitingBytes.take(frame)) {
      end(TRY_AGAIN_LATER, 'too many messages wait here');
      return;
    }
    if (waiting.push(frame) >= WAITING_MAX) webSocket.pause();
    if (waiting.length > READ_MAX) end(POLICY_VIOLATION, 'too many messages at once');
    if (!answering) void answerAll();
  });
  webSocket.on('close', forget);
}

/** Resolves when a text is sent or can no longer be sent. */
function sent(webSocket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve) => webSocket.send(text, () => resolve()));
}

async function answer(frame: Uint8Array, handle: Handle, log: Log): Promise<string | undefined> {
  const note: Note = {};
  try {
    return await handle(decodeUtf8(frame, 'The frame'), note);
  } catch (error) {
    if (!(error instanceof ChatError))
      log.error({ err: error }, 'a message from a WebSocket could not be handled');
    const { code, message: detail, channel: to } = error instanceof ChatError ? error : INTERNAL;
    return encodeRefusalText({ key: note.key, channel: note.channel, code, detail, to });
  }
}

const INTERNAL = new ChatError(
  'internal-error',
  'Something went wrong here; send the message again.',
);
