import { ChatError } from '@parley/contract/problem.ts';
import {
  type Ack,
  encodeAckText,
  encodeRefusalText,
  parseSaid,
  type Said,
} from '@parley/contract/websocket.ts';
import type { WebSocket } from 'ws';

/** Messages of one client that may wait for those before them; then no more are read from it. */
const WAITING_MAX = 32;

/** Takes what a client says, one message after the other, and answers each. */
export function converse(webSocket: WebSocket, say: (said: Said) => Promise<Ack>): void {
  let waiting = 0;
  let last = Promise.resolve();
  const answered = () => {
    if (waiting-- === WAITING_MAX) webSocket.resume();
  };
  // Where a client breaks the protocol, ws closes with the code that says so (RFC 6455 section 7.4).
  webSocket.on('error', () => undefined);
  webSocket.on('message', (data) => {
    if (++waiting === WAITING_MAX) webSocket.pause();
    last = last
      .then(() => answer(String(data), say))
      .then((text) => webSocket.send(text))
      .finally(answered);
  });
}

async function answer(text: string, say: (said: Said) => Promise<Ack>): Promise<string> {
  let key: string | undefined;
  try {
    const said = parseSaid(text);
    key = said.key;
    return encodeAckText(await say(said));
  } catch (error) {
    const { code, message } = error instanceof ChatError ? error : INTERNAL;
    return encodeRefusalText({ key, code, detail: message });
  }
}

const INTERNAL = new ChatError('internal-error', 'Something went wrong here; send it again.');
