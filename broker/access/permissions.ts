/** The user name of Parley's own services. */
export const PART_USER = 'parley';

/** `part`: a client that gave the password of Parley's services. `guest`: any other client. */
export type Role = 'part' | 'guest';

/** What a client may do on the bus, as MQTT topic filters. */
export interface Permissions {
  read: readonly string[];
  write: readonly string[];
}

/**
 * The permissions of each role. Our own broker checks them, and the files for other brokers are
 * made from them. A guest may not publish events, since a forged event would reach every reader,
 * and may not read the topics that services use among themselves.
 */
export const PERMISSIONS: Record<Role, Permissions> = {
  part: { read: ['#'], write: ['#'] },
  guest: {
    read: ['chat/events/#', 'chat/signals/#', 'chat/presence/#'],
    write: ['chat/inbox/+'],
  },
};

/** The topic with each client's own problems: `%c` is its client id, as in Mosquitto's patterns. */
export const OWN_ERRORS = 'chat/errors/%c';

/** Makes the check whether one of the filters matches a topic, or all that another filter does. */
export function openMatch(filters: readonly string[]): (asked: string) => boolean {
  const patterns = filters.map(patternOf);
  return (asked) => patterns.some((pattern) => pattern.test(asked));
}

/**
 * A `#` does not match a level that begins with `$` [MQTT-4.7.2-1], and a `+` does not cover a `#`.
 */
function patternOf(filter: string): RegExp {
  const levels = filter.split('/').map((level) => {
    if (level === '#') return '[^$].*';
    return level === '+' ? '[^/#]+' : RegExp.escape(level);
  });
  return new RegExp(`^${levels.join('/')}$`, 's');
}
