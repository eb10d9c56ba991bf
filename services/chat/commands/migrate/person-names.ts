import { foldName } from '@parley/contract/accounts/fold.ts';
import { parseUsername, USERNAME_MAX } from '@parley/contract/events/message.ts';
import { PlainError } from '@parley/kit/plain-error.ts';

/** The names under which people of another chat appear here. */
export interface PersonNames {
  /** Gives a person the first candidate that is a name here and is free, or makes one of them free. */
  add(id: string, candidates: unknown[]): void;
  /** The name of a person; undefined for an id that is not known. */
  of(id: unknown): string | undefined;
  /** A name for a program, which can choose its name with each message: never the name of a person. */
  ofProgram(name: unknown): string | undefined;
}

/** Names are in memory. No export of a chat has more. */
const PEOPLE_MAX = 1_000_000;

/** Opens the names. Two people never get the same name, in any spelling that Parley takes as equal. */
export function openPersonNames(max = PEOPLE_MAX): PersonNames {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  return {
    add(id, candidates) {
      if (names.has(id)) return;
      if (names.size >= max) {
        throw new PlainError(`The export has more than ${max} people; it is refused.`);
      }
      const own = [...candidates, id].flatMap((each) => cleanName(each) ?? []);
      const isFree = (name: string) => !taken.has(foldName(name));
      const name = own.find(isFree) ?? numbered(own[0] ?? 'unknown', isFree);
      names.set(id, name);
      taken.add(foldName(name));
    },
    of: (id) => (typeof id === 'string' ? names.get(id) : undefined),
    ofProgram(given) {
      const name = cleanName(given);
      if (name === undefined || !taken.has(foldName(name))) return name;
      return withEnding(name, ' (app)');
    },
  };
}

/** The nearest text that can be a name here; undefined where there is none. */
export function cleanName(given: unknown): string | undefined {
  if (typeof given !== 'string') return undefined;
  const plain = given
    .toWellFormed()
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  try {
    return parseUsername(withEnding(plain, ''));
  } catch {
    return undefined;
  }
}

function numbered(name: string, isFree: (name: string) => boolean): string {
  for (let n = 2; ; n++) {
    const next = withEnding(name, ` ${n}`);
    if (isFree(next)) return next;
  }
}

function withEnding(name: string, ending: string): string {
  const characters = [...name.slice(0, 2 * USERNAME_MAX)];
  return `${characters
    .slice(0, USERNAME_MAX - ending.length)
    .join('')
    .trim()}${ending}`;
}
