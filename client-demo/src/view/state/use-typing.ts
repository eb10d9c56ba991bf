import type { Channel } from '@parley/client';
import { useEffect, useState } from 'react';
import {
  NONE_TYPING,
  nextEndMs,
  stillTyping,
  TYPING,
  typingAfter,
  typingWithout,
} from '../../channels/typing.ts';

/** The names of those who write in a channel now. */
export function useTyping(channel: Channel | undefined): readonly string[] {
  const [typing, setTyping] = useState(NONE_TYPING);

  useEffect(() => {
    if (!channel) return;
    const offs = [
      channel.on('signal', ({ type, username }) => {
        if (type !== TYPING || username === undefined) return;
        setTyping((now) => typingAfter(now, username, performance.now()));
      }),
      channel.on('message', ({ username }) => setTyping((now) => typingWithout(now, username))),
    ];
    return () => {
      for (const off of offs) off();
      setTyping(NONE_TYPING);
    };
  }, [channel]);

  useEffect(() => {
    const ms = nextEndMs(typing, performance.now());
    if (ms === undefined) return;
    const timer = setTimeout(() => setTyping((now) => stillTyping(now, performance.now())), ms);
    return () => clearTimeout(timer);
  }, [typing]);

  return [...typing.keys()];
}
