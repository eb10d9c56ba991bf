import type { ChatEvent } from './event.ts';

/**
 * Server-Sent Events as the WHATWG HTML standard frames them (section 9.2.6, "Interpreting an
 * event stream"). JSON text has no raw line breaks, so each payload is one `data:` line.
 */

/** What a reader is told before anything else. `epoch` is null while the channel has no events. */
export interface Hello {
  server: string;
  channel: string;
  epoch: string | null;
  head: number;
}

/** Why a reader's position could not be used; the stream goes on from the head. */
export type ResetReason = 'malformed' | 'epoch' | 'ahead' | 'expired';

export interface Reset {
  reason: ResetReason;
  history: string;
}

/** A comment line: keeps proxies and half-open connections awake, and is ignored by EventSource. */
export const HEARTBEAT_FRAME = ':\n\n';

/** Frames an event of the log; messages are the default event, so that `onmessage` sees them. */
export function encodeEventFrame(event: ChatEvent): string {
  return `id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`;
}

export function encodeHelloFrame(hello: Hello): string {
  return `event: hello\ndata: ${JSON.stringify(hello)}\n\n`;
}

export function encodeResetFrame(reset: Reset): string {
  return `event: reset\ndata: ${JSON.stringify(reset)}\n\n`;
}

/** Sets how long the reader waits before it reconnects. */
export function encodeRetryFrame(ms: number): string {
  return `retry: ${Math.round(ms)}\n\n`;
}
