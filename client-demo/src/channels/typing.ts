/** The type of the signal of a person who writes. */
export const TYPING = 'typing';
/** A person who writes sends at most one signal in this time. */
export const TYPING_EVERY_MS = 3000;

/** How long a signal holds. */
const TYPING_FOR_MS = 6000;
/** At most this number of names is kept, the newest. */
const MOST_NAMES = 20;

/** Who writes a message: the name, and when its last signal ends (ms). The oldest is first. */
export type Typing = ReadonlyMap<string, number>;

export const NONE_TYPING: Typing = new Map();

/** After a signal of a name. */
export function typingAfter(typing: Typing, name: string, nowMs: number): Typing {
  const next = new Map(typing);
  next.delete(name);
  next.set(name, nowMs + TYPING_FOR_MS);
  return new Map([...next].slice(-MOST_NAMES));
}

/** After a message of a name; the same object if the name was not there. */
export function typingWithout(typing: Typing, name: string): Typing {
  if (!typing.has(name)) return typing;
  return new Map([...typing].filter(([other]) => other !== name));
}

/** Those whose signals still hold. */
export function stillTyping(typing: Typing, nowMs: number): Typing {
  return new Map([...typing].filter(([, until]) => until > nowMs));
}

/** When the next signal ends, ms from now; undefined when there is none. */
export function nextEndMs(typing: Typing, nowMs: number): number | undefined {
  const [first] = typing.values();
  return first === undefined ? undefined : Math.max(0, first - nowMs);
}
