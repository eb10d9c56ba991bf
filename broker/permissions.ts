/** The user name of Parley's own parts. */
export const PART_USER = 'parley';

/** Whoever gives the parts' password is a part; whoever gives no user at all is a guest. */
export type Role = 'part' | 'guest';

/** What somebody may do on the bus, as MQTT topic filters. */
export interface Permissions {
  read: readonly string[];
  write: readonly string[];
}

/**
 * Who may do what: what our own broker checks, and what the files for other brokers are made from.
 * A forged event would reach every reader, and where parts hear their own voices is their business.
 */
export const PERMISSIONS: Record<Role, Permissions> = {
  part: { read: ['#'], write: ['#'] },
  guest: { read: ['chat/events/#', 'chat/presence/#'], write: ['chat/inbox/+'] },
};

/** Where each client may read of its own problems: `%c` is its client id, as in Mosquitto's patterns. */
export const OWN_ERRORS = 'chat/errors/%c';

/** Whether one of the filters allows all that a topic, or another filter, stands for. */
export function allows(filters: readonly string[], asked: string): boolean {
  return filters.some((filter) => knownPatternOf(filter).test(asked));
}

const patterns = new Map<string, RegExp>();

/** Each message for each client is checked, by few filters: they are read once. */
function knownPatternOf(filter: string): RegExp {
  const pattern = patterns.get(filter) ?? patternOf(filter);
  patterns.set(filter, pattern);
  return pattern;
}

/** Neither `#` reaches a level that begins with `$` [MQTT-4.7.2-1], nor `+` all that `#` stands for. */
function patternOf(filter: string): RegExp {
  const levels = filter.split('/').map((level) => {
    if (level === '#') return '[^$].*';
    return level === '+' ? '[^/#]+' : RegExp.escape(level);
  });
  return new RegExp(`^${levels.join('/')}$`, 's');
}
