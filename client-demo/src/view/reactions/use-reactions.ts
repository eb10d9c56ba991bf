import type { Message } from '@parley/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { authorized } from '../../account/authorized.ts';
import { readMine, sendReaction } from '../../messages/message-api.ts';
import type { Visitor } from '../account/use-visitor.ts';

/** The visitor's reactions in a channel. */
export interface Reactions {
  /** The emoji of the visitor's own reactions on a message. */
  ownOf: (message: Message) => readonly string[];
  /** Adds a reaction, or takes it back; a guest is asked to sign in. */
  react: (message: Message, emoji: string) => void;
  /** Why the last reaction did not count, until the next one. */
  fault: string | undefined;
}

type Own = ReadonlyMap<string, readonly string[]>;

const NONE: readonly string[] = [];

/**
 * The visitor's reactions on these messages. Their pages say which are the visitor's own, except
 * those that were read as a guest: these are asked for once more.
 */
export function useReactions(messages: readonly Message[], visitor: Visitor): Reactions {
  const { session, account, ask } = visitor;
  const [own, setOwn] = useState<Own>(new Map());
  const [fault, setFault] = useState<string>();
  const before = useRef(account);
  const sending = useRef(new Set<string>());

  // biome-ignore lint/correctness/useExhaustiveDependencies: only when a guest signs in
  useEffect(() => {
    const { current } = before;
    // The first pages of an account whose token had expired were a guest's.
    const wasGuest = current === '' || (current === undefined && session.identity > 0);
    before.current = account;
    const reacted = messages.filter(({ reactions }) => reactions);
    const [from, to] = [reacted[0], reacted.at(-1)];
    if (!wasGuest || !account || !from || !to) return;
    readMine(from, to).then(
      (known) => setOwn((later) => new Map([...ownIn(known), ...later])),
      () => undefined,
    );
  }, [account]);

  const ownOf = useCallback(({ id, mine }: Message) => own.get(id) ?? mine ?? NONE, [own]);
  const latest = useRef(ownOf);
  latest.current = ownOf;
  const react = useCallback(
    (message: Message, emoji: string) => {
      if (session.snapshot().state !== 'account') return ask('sign-in');
      const key = `${message.id} ${emoji}`;
      if (sending.current.has(key)) return;
      sending.current.add(key);
      setFault(undefined);
      const change = () =>
        setOwn((now) => {
          const before = now.get(message.id) ?? message.mine ?? NONE;
          return new Map(now).set(message.id, toggled(before, emoji));
        });
      const added = !latest.current(message).includes(emoji);
      change();
      authorized(
        () => sendReaction(message, emoji, added),
        () => session.recover(),
      )
        .catch((error: Error) => {
          change();
          setFault(error.message);
        })
        .finally(() => sending.current.delete(key));
    },
    [session, ask],
  );
  return { ownOf, react, fault };
}

const ownIn = (messages: Message[]) => messages.map(({ id, mine = NONE }) => [id, mine] as const);

/** The emoji with one more, or without it if it is there. */
function toggled(emojis: readonly string[], emoji: string): readonly string[] {
  return emojis.includes(emoji) ? emojis.filter((one) => one !== emoji) : [...emojis, emoji];
}
