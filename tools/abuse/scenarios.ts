/** One way to abuse Parley, and its allowed effects. */
export interface Scenario {
  name: string;
  summary: string;
  /** Settings that differ from the defaults. */
  env: Record<string, string>;
  /** Allowed growth of Parley's memory, in MB. */
  memoryMb: number;
  /** A limit on the messages that the abuser can store in a channel. Absent without a limit. */
  stored?: { channel: string; max: number };
}

const LIMIT = 10;

/** Every scenario. The code of each is in `abuser.ts`. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'packets',
    summary: 'guests flood the broker with PINGREQ and UNSUBSCRIBE',
    env: {},
    memoryMb: 150,
  },
  {
    name: 'unread',
    summary: 'guests subscribe and never read',
    env: {},
    memoryMb: 200,
  },
  {
    name: 'inbox',
    summary: 'twenty guests post by MQTT as fast as they can, with a limit of ten a minute',
    env: { POSTS_PER_ADDRESS: String(LIMIT) },
    memoryMb: 150,
    stored: { channel: 'loud', max: LIMIT },
  },
  {
    name: 'half-sent',
    summary: 'sixty guests leave messages of QoS 2 without PUBREL',
    env: {},
    memoryMb: 200,
  },
  {
    name: 'edits',
    summary: 'one account edits one message 4,000 times',
    // With limits most edits would be refused.
    env: { POSTS_PER_ADDRESS: '0', POSTS_PER_ACCOUNT: '0' },
    memoryMb: 200,
  },
];
