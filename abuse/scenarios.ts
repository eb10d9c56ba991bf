/** One way to abuse Parley, and what it may cost others. */
export interface Scenario {
  name: string;
  says: string;
  /** Settings beside the defaults of a public address. */
  env: Record<string, string>;
  /** How much more memory Parley may take, in MB. */
  memoryMb: number;
  /** The most messages that a limit lets the abuser store in a channel; absent without a limit. */
  stored?: { channel: string; max: number };
}

const LIMIT = 10;

/** Every scenario; `abuser.ts` has what each does. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'packets',
    says: 'guests flood the broker with PINGREQ and UNSUBSCRIBE',
    env: {},
    memoryMb: 150,
  },
  {
    name: 'unread',
    says: 'guests subscribe and never read',
    env: {},
    memoryMb: 200,
  },
  {
    name: 'inbox',
    says: 'twenty guests post by MQTT as fast as they can, with a limit of ten a minute',
    env: { POSTS_PER_ADDRESS: String(LIMIT) },
    memoryMb: 150,
    stored: { channel: 'loud', max: LIMIT },
  },
  {
    name: 'half-sent',
    says: 'sixty guests leave messages of QoS 2 without PUBREL',
    env: {},
    memoryMb: 200,
  },
  {
    name: 'edits',
    says: 'one account edits one message 4,000 times',
    // The limits would refuse most edits.
    env: { POSTS_PER_ADDRESS: '0', POSTS_PER_ACCOUNT: '0' },
    memoryMb: 200,
  },
];
