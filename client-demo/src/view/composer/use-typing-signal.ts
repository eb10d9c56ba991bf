import { useRef } from 'react';
import { TYPING, TYPING_EVERY_MS } from '../../channels/typing.ts';
import { AnswerError, sendJson } from '../../request-json.ts';
import { nameFault } from '../../sending/draft.ts';
import type { Visitor } from '../account/use-visitor.ts';

/**
 * Tells the other readers that the visitor writes, at most once in 3 s. After a refusal nothing more is
 * sent under that name.
 */
export function useTypingSignal(channel: string, { author, state }: Visitor): () => void {
  const sentAt = useRef(Number.NEGATIVE_INFINITY);
  const refused = useRef<string>(undefined);
  const { username } = author;
  const isKnown = state.state !== 'unknown' && state.state !== 'ended';
  return () => {
    const now = performance.now();
    if (!isKnown || now - sentAt.current < TYPING_EVERY_MS) return;
    if (nameFault(username) !== undefined || refused.current === username) return;
    sentAt.current = now;
    const signal = { username, type: TYPING, data: null, store: false };
    sendJson('POST', `/chat/${encodeURIComponent(channel)}`, signal).catch((error: unknown) => {
      const isRefusal = error instanceof AnswerError && error.status < 500 && error.status !== 429;
      if (isRefusal) refused.current = username;
    });
  };
}
