import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { isMessage } from '@parley/contract/events/event.ts';
import { EVERY_PRIVATE_CHANNEL } from '@parley/kit/viewer.ts';
import { page, STORES, testsOn } from '@parley/testkit/databases/log-stores.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { makeZip } from '@parley/testkit/zip.ts';
import type { OpenedStore } from '../../../store/opened-store.ts';
import { withEmoji } from '../emoji/emoji.ts';
import { migrate } from '../migrate.ts';
import type { MigrateOptions } from '../options.ts';
import { readableText } from './slack-text.ts';

/** The files of an export, as `<path>: <value>`. */
type Files = Record<string, unknown>;

const at = (ts: string) => new Date(Number(ts) * 1000).toISOString();
const DAY = '2024-03-05';
/** Five messages on that day, a second apart. */
const [T1, T2, T3, T4, T5] = [1, 2, 3, 4, 5].map((n) => `170963280${n}.00001${n}`) as [
  string,
  string,
  string,
  string,
  string,
];

const user = (id: string, name: string, display_name = '', real_name = '') => ({
  ...{ id, team_id: 'T1', name, deleted: false, real_name, is_bot: false },
  profile: { display_name, real_name, email: `${name}@example.org` },
});

const USERS = [
  user('U1', 'ada', 'Ada', 'Ada Lovelace'),
  user('U2', 'omri', '', 'Omri'),
  user('U3', 'ada2', 'ada', 'Ada Byron'),
];

const message = (ts: string, text: string, more: object = {}) => ({
  ...{ type: 'message', user: 'U1', team: 'T1', ts, text },
  ...more,
});

const EXPORT: Files = {
  'users.json': USERS,
  'channels.json': [
    { id: 'C2', name: 'chat', created: 2, is_archived: true, members: [] },
    { id: 'C1', name: 'general', created: 1, members: ['U1'], topic: { value: '' } },
    { id: 'C3', name: 'chat-room', created: 3 },
  ],
  'groups.json': [{ id: 'G1', name: 'board', members: ['U1'] }],
  'dms.json': [{ id: 'D1', created: 1, members: ['U1', 'U2'] }],
  'mpims.json': [{ id: 'G2', name: 'mpdm-ada--omri--ada2-1', members: ['U1', 'U2', 'U3'] }],
  'integration_logs.json': [],
  [`general/${DAY}.json`]: [
    message(T1, 'hi <@U2> &amp; all, see <#C2|chat> <https://x.org/?a=1&amp;b=2|here> :tada:'),
    message('1709632801.500000', '<@U1> has joined the channel', { subtype: 'channel_join' }),
    message(T2, 'first\r\nsecond\u0000', { user: 'U2', bot_id: 'B2', bot_profile: { name: 'x' } }),
    message(T3, 'a reply', { user: 'U3', thread_ts: T1, parent_user_id: 'U1' }),
    message(T4, '', { files: [{ name: 'plan.pdf', url_private: 'https://x/?t=xoxe-secret' }] }),
    message(T5, '', { subtype: 'tombstone', user: 'USLACKBOT' }),
    { type: 'message', ts: T5, text: 'not edited', subtype: 'message_changed' },
    { type: 'message', text: 'without a time' },
  ],
  'general/2024-03-04.json': [
    { type: 'message', subtype: 'bot_message', ts: '1709546400.000100', bot_id: 'B1' },
    {
      ...{ type: 'message', subtype: 'bot_message', ts: '1709546401.000100', bot_id: 'B1' },
      ...{ username: 'Ada', text: '', attachments: [{ title: 'Build', text: 'is &lt;red&gt;' }] },
    },
    message('1709546402.000100', 'out of office', { user: 'W9', user_profile: { name: 'guest' } }),
  ],
  'general/canvas_in_the_conversation.json': [{ ts: T1 }],
  [`chat/${DAY}.json`]: [message(T1, 'in chat')],
  [`chat-room/${DAY}.json`]: [message(T1, 'in chat-room')],
  [`board/${DAY}.json`]: [message(T1, 'secret plan')],
  [`D1/${DAY}.json`]: [message(T1, 'only for you')],
  [`mpdm-ada--omri--ada2-1/${DAY}.json`]: [message(T1, 'for us')],
  [`lost/${DAY}.json`]: [message(T1, 'a folder that no list names')],
};

const GENERAL = [
  [at('1709546401.000'), 'Ada (app)', 'Build\nis <red>'],
  [at('1709546402.000'), 'guest', 'out of office'],
  [at('1709632801.000'), 'Ada', 'hi @Omri & all, see #chat-room here (https://x.org/?a=1&b=2) 🎉'],
  [at('1709632802.000'), 'Omri', 'first\nsecond'],
  [at('1709632803.000'), 'Ada Byron', 'a reply'],
  [at('1709632804.000'), 'Ada', '[file: plan.pdf]'],
];

const REPORT = [
  '8 messages stored, 0 were stored by an earlier run',
  '  general -> general: 6 messages',
  '  chat -> chat-room: 1 messages',
  '  chat-room -> chat-room-2: 1 messages',
  'left out:',
  '  2 direct conversations (--direct imports them), such as D1; mpdm-ada--omri--ada2-1',
  '  1 private channels (--private imports them), such as board',
  '  1 notices such as joins and topics, such as general 2024-03-05T10:00:01.500Z channel_join',
  '  1 files (their names are in the texts), such as general 2024-03-05T10:00:04.000Z plan.pdf',
  '  1 deleted messages, such as general 2024-03-05T10:00:05.000Z tombstone',
  '  1 records of edits (a message has its newest text), such as general 2024-03-05T10:00:05.000Z message_changed',
  '  1 entries that are not messages, such as general/2024-03-05.json',
  '  1 messages without a text, such as general 2024-03-04T10:00:00.000Z',
  '  1 files of folders that are in no list of channels, such as lost/2024-03-05.json',
  'changed:',
  '  2 channels have another name, such as chat is chat-room; chat-room is chat-room-2',
  '  1 texts lost their control characters, such as general 2024-03-05T10:00:02.000Z',
];

async function zipOf(folder: string, files: Files, below = ''): Promise<string> {
  const path = join(folder, 'export.zip');
  const entries = Object.entries(files).map(([name, value]) => {
    return { path: `${below}${name}`, content: JSON.stringify(value) };
  });
  await writeFile(path, makeZip(entries));
  return path;
}

async function unpacked(folder: string, files: Files): Promise<string> {
  const root = join(folder, 'unpacked');
  for (const [name, value] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), JSON.stringify(value, null, 4));
  }
  return root;
}

const DEFAULTS = {
  source: 'slack',
  dryRun: false,
  prefix: '',
  private: false,
  direct: false,
} as const;

function run(store: OpenedStore, file: string, more: Partial<MigrateOptions> = {}) {
  const openStore = async () => ({
    append: (batch: Parameters<typeof store.append>[0]) => store.append(batch),
    access: store.access,
    [Symbol.asyncDispose]: async () => {},
  });
  const surroundings = { openStore, server: 'test', progress: () => {} };
  return migrate({ ...DEFAULTS, file, ...more }, surroundings);
}

async function messages(store: OpenedStore, channel: string): Promise<string[][]> {
  const { events } = await page(store, { channel });
  return events.filter(isMessage).map((event) => [event.at, event.username, event.message]);
}

/** The messages of a channel, with the numbers of those that they reply to. */
async function threads(store: OpenedStore): Promise<unknown[][]> {
  const { events } = await page(store);
  return events.filter(isMessage).map(({ seq, message, replyTo }) => [seq, message, replyTo]);
}

async function reactionsTo(store: OpenedStore): Promise<unknown[]> {
  const { events } = await page(store);
  return events.filter(isMessage).map(({ reactions }) => reactions);
}

async function channels(store: OpenedStore): Promise<string[]> {
  const all = await store.channels({ after: '', limit: 100, viewer: EVERY_PRIVATE_CHANNEL });
  return all.map(({ channel }) => channel);
}

for (const kind of STORES) {
  const onStore = testsOn(kind);

  onStore(
    'an export of Slack is stored with times, names and texts, and reported',
    async (store) => {
      await using folder = await temporaryFolder();
      const lines = await run(store, await zipOf(folder.path, EXPORT));
      assert.deepEqual(await messages(store, 'general'), GENERAL);
      assert.deepEqual(lines, REPORT);
      assert.deepEqual(await channels(store), ['chat-room', 'chat-room-2', 'general']);
    },
  );

  onStore(
    'an export imported again stores nothing, and one that has grown its new messages',
    async (store) => {
      await using folder = await temporaryFolder();
      await run(store, await zipOf(folder.path, EXPORT));
      const again = await run(store, await zipOf(folder.path, EXPORT));
      assert.equal(again[0], '0 messages stored, 8 were stored by an earlier run');
      assert.deepEqual(again.slice(1), REPORT.slice(1));
      const edited = {
        ...EXPORT,
        [`chat/${DAY}.json`]: [message(T1, 'edited'), message(T2, 'new')],
      };
      const grown = await run(store, await zipOf(folder.path, edited));
      assert.equal(grown[0], '1 messages stored, 7 were stored by an earlier run');
      assert.ok(
        grown.includes(
          '  1 messages that changed since an earlier import, such as chat-room 2024-03-05T10:00:01.000Z',
        ),
      );
      assert.deepEqual(await messages(store, 'chat-room'), [
        [at('1709632801.000'), 'Ada', 'in chat'],
        [at('1709632802.000'), 'Ada', 'new'],
      ]);
    },
  );

  onStore(
    'reactions count once for each person, also when the message changed since',
    async (store) => {
      await using folder = await temporaryFolder();
      const reactions = [
        { name: '+1', users: ['U1', 'U2'], count: 3 },
        { name: 'tada', users: ['U2'], count: 1 },
        { name: '+1::skin-tone-3', users: ['U3'], count: 1 },
        { name: 'parrot-of-ours', users: ['U1', 'U2'], count: 2 },
      ];
      const files = (text: string, more: object[] = []) => ({
        'users.json': USERS,
        'channels.json': [{ id: 'C1', name: 'general' }],
        [`general/${DAY}.json`]: [
          message(T1, text, { reactions: [...reactions, ...more] }),
          message(T2, 'second', { reactions: [{ name: 'tada', users: ['U1'], count: 1 }] }),
        ],
      });
      const lines = await run(store, await zipOf(folder.path, files('first')));
      assert.deepEqual(lines, [
        '2 messages stored, 0 were stored by an earlier run',
        '5 reactions stored, 0 were stored by an earlier run',
        '  general -> general: 2 messages',
        'left out:',
        '  1 reactions of people whom the export does not name, such as general 2024-03-05T10:00:01.000Z :+1:',
        '  2 reactions with emoji that the workspace made itself, such as general 2024-03-05T10:00:01.000Z :parrot-of-ours:',
      ]);
      const counts = { '👍': 2, '🎉': 1, '👍🏼': 1 };
      assert.deepEqual(await reactionsTo(store), [counts, { '🎉': 1 }]);
      const more = [{ name: 'heart', users: ['U1', 'x'.repeat(300)], count: 2 }];
      const again = await run(store, await zipOf(folder.path, files('edited', more)));
      assert.equal(again[1], '2 reactions stored, 5 were stored by an earlier run');
      assert.deepEqual(await reactionsTo(store), [{ ...counts, '❤️': 2 }, { '🎉': 1 }]);
    },
  );

  onStore(
    'replies name the message that they reply to, also when it changed since',
    async (store) => {
      await using folder = await temporaryFolder();
      const reply = (ts: string, text: string, thread_ts: string) =>
        message(ts, text, { thread_ts });
      const day = (first: string, ...more: object[]) => ({
        'users.json': USERS,
        'channels.json': [{ id: 'C1', name: 'general' }],
        [`general/${DAY}.json`]: [
          message(T1, first, { thread_ts: T1, reply_count: 2 }),
          message(T2, 'between'),
          reply(T3, 'a reply', T1),
          reply('1709632803.000100', 'a reply to what is lost', '1709632700.000100'),
          ...more,
        ],
      });
      const lines = await run(store, await zipOf(folder.path, day('first')));
      const stored = [
        [1, 'first', undefined],
        [2, 'between', undefined],
        [3, 'a reply', 1],
        [4, 'a reply to what is lost', undefined],
      ];
      assert.deepEqual(await threads(store), stored);
      assert.match(lines.join('\n'), /changed:\n {2}1 replies are messages of their own, because/);
      const grown = await zipOf(folder.path, day('edited', reply(T4, 'a late reply', T1)));
      const again = await run(store, grown);
      assert.equal(again[0], '1 messages stored, 3 were stored by an earlier run');
      assert.deepEqual(await threads(store), [...stored, [5, 'a late reply', 1]]);
      await store.append([
        { kind: 'delete', channel: 'general', ref: 1, by: 'x', admin: true, server: 'test', at: 0 },
      ]);
      const later = day('first', reply(T4, 'a late reply', T1), reply(T5, 'too late', T1));
      const [first, ...report] = await run(store, await zipOf(folder.path, later));
      assert.equal(first, '0 messages stored, 5 were stored by an earlier run');
      assert.match(
        report.join('\n'),
        /1 replies to messages that were deleted here, such as general/,
      );
    },
  );

  onStore('private channels and direct conversations are private here, too', async (store) => {
    await using folder = await temporaryFolder();
    const reactions = [{ name: 'tada', users: ['U1'], count: 1 }];
    const secret = { [`board/${DAY}.json`]: [message(T1, 'secret plan', { reactions })] };
    const file = await zipOf(folder.path, { ...EXPORT, ...secret }, 'my export/');
    const options = { private: true, direct: true, prefix: 'slack.' };
    const lines = await run(store, file, options);
    assert.equal(lines[0], '11 messages stored, 0 were stored by an earlier run');
    const secrets = ['slack.board', 'slack.dm-Ada-Omri', 'slack.mpdm-ada--omri--ada2-1'];
    const open = ['slack.chat', 'slack.chat-room', 'slack.general'];
    assert.deepEqual(await channels(store), [...secrets, ...open].toSorted());
    const outside = await store.channels({ after: '', limit: 100 });
    assert.deepEqual(
      outside.map(({ channel }) => channel),
      open,
    );
    const board = { channel: 'slack.board', viewer: EVERY_PRIVATE_CHANNEL };
    const [plan] = (await page(store, board)).events;
    assert.ok(plan?.kind === 'message' && plan.reactions?.['🎉'] === 1);
    assert.deepEqual((await page(store, { channel: 'slack.board' })).events, []);
    const again = await run(store, file, options);
    assert.equal(again[0], '0 messages stored, 11 were stored by an earlier run');
  });

  onStore(
    'a private channel is left out where its name is that of a public channel here',
    async (store) => {
      await using folder = await temporaryFolder();
      const post = { kind: 'message', channel: 'board', username: 'eve', message: 'hi' } as const;
      await store.append([{ ...post, author: null, server: 'test', at: 0 }]);
      const lines = await run(store, await zipOf(folder.path, EXPORT), { private: true });
      assert.deepEqual(await messages(store, 'board'), [[new Date(0).toISOString(), 'eve', 'hi']]);
      assert.ok(
        lines.includes(
          '  1 messages of private channels whose name is that of a public channel here, such as board',
        ),
      );
    },
  );

  onStore(
    'a private channel is left out where an account here made a channel of its name',
    async (store) => {
      await using folder = await temporaryFolder();
      const eve = { by: { account: 'eve', admin: false }, at: 0 };
      await store.access.change({ channel: 'board', ...eve, private: true });
      await store.access.change({ channel: 'dm-Ada-Omri', ...eve, private: true });
      await store.access.change({ channel: 'dm-Ada-Omri', ...eve, private: false });
      await store.access.direct(['eve', 'bob'], 'mpdm-ada--omri--ada2-1', 0);
      const options = { private: true, direct: true };
      const lines = await run(store, await zipOf(folder.path, EXPORT), options);
      for (const channel of ['board', 'dm-Ada-Omri', 'mpdm-ada--omri--ada2-1'])
        assert.deepEqual(
          (await page(store, { channel, viewer: EVERY_PRIVATE_CHANNEL })).events,
          [],
        );
      const shown = lines.join('\n');
      assert.ok(
        shown.includes(
          '  2 messages of private channels whose name is that of a private channel that an account here made, such as board; mpdm-ada--omri--ada2-1',
        ),
        shown,
      );
      assert.ok(shown.includes('is that of a public channel here, such as dm-Ada-Omri'), shown);
    },
  );

  onStore('an imported private channel is imported again after it got members', async (store) => {
    await using folder = await temporaryFolder();
    const email = 'ada@example.org';
    const ada = { id: 'a', username: 'Ada B', nameKey: 'ada b', email, emailKey: email };
    await store.accounts.add({ ...ada, passwordHash: 'x', admin: false, at: 0 });
    const mute = { subject: 'account:e', username: 'eve', until: Date.now() + 60_000 };
    await store.mutes.mute({ channel: 'board', ...mute }, Date.now());
    const first = await run(store, await zipOf(folder.path, EXPORT), { private: true });
    assert.equal(first[0], '9 messages stored, 0 were stored by an earlier run');
    const by = { account: 'root', admin: true };
    await store.access.change({ channel: 'board', by, at: 0, add: 'a' });
    const more = { [`board/${DAY}.json`]: [message(T1, 'secret plan'), message(T2, 'more')] };
    const file = await zipOf(folder.path, { ...EXPORT, ...more });
    const again = await run(store, file, { private: true });
    assert.equal(again[0], '1 messages stored, 9 were stored by an earlier run');
    assert.equal((await page(store, { channel: 'board', viewer: 'a' })).events.length, 2);
  });

  onStore('a name of an account here is kept, and a closed channel is left out', async (store) => {
    await using folder = await temporaryFolder();
    const email = 'ada@example.org';
    const account = { id: 'a', username: 'Ada', nameKey: 'ada', email, emailKey: email };
    await store.accounts.add({ ...account, passwordHash: 'x', admin: false, at: 0 });
    await store.append([{ kind: 'close', channel: 'chat-room-2', server: 'test', at: 0 }]);
    const lines = await run(store, await zipOf(folder.path, EXPORT));
    assert.deepEqual(await messages(store, 'general'), GENERAL);
    assert.ok(
      lines.includes(
        '  1 messages of channels that are closed here, such as chat-room-2 2024-03-05T10:00:01.000Z',
      ),
      lines.join('\n'),
    );
  });
}

const [SQLITE] = STORES;
assert.ok(SQLITE);
const onSqlite = testsOn(SQLITE);

onSqlite(
  'an unpacked export, and one that was zipped with its folder, give the same',
  async (store) => {
    await using folder = await temporaryFolder();
    assert.deepEqual(await run(store, await unpacked(folder.path, EXPORT)), REPORT);
    const wrapped = { ...EXPORT, '__MACOSX/._channels.json': 'x' };
    const again = await run(store, await zipOf(folder.path, wrapped, 'My Slack export/'));
    assert.deepEqual(again.slice(1), REPORT.slice(1));
  },
);

test('a dry run reports the same and opens no store', async () => {
  await using folder = await temporaryFolder();
  const file = await zipOf(folder.path, EXPORT);
  const openStore = () => assert.fail('a dry run opens no store');
  const surroundings = { openStore, server: 'test', progress: () => {} };
  const lines = await migrate({ ...DEFAULTS, file, dryRun: true }, surroundings);
  assert.equal(lines[0], '8 messages would be stored, but for those that an earlier run stored');
  assert.deepEqual(lines.slice(1), REPORT.slice(1));
});

onSqlite(
  'a text over 4,000 characters becomes several messages, each stored once',
  async (store) => {
    await using folder = await temporaryFolder();
    const words = 'a word '.repeat(1_000);
    const emoji = '😀'.repeat(4_001);
    const files = {
      ...{ 'users.json': USERS, 'channels.json': [{ id: 'C1', name: 'general' }] },
      [`general/${DAY}.json`]: [message(T1, words), message(T2, emoji)],
    };
    const file = await zipOf(folder.path, files);
    const lines = await run(store, file);
    assert.equal(lines[0], '4 messages stored, 0 were stored by an earlier run');
    assert.equal((await run(store, file))[0], '0 messages stored, 4 were stored by an earlier run');
    const texts = (await messages(store, 'general')).map(([, , text = '']) => text);
    assert.equal(texts.slice(0, 2).join(''), words);
    assert.match(texts[0] ?? '', / $/);
    assert.deepEqual(
      texts.slice(2).map((text) => [...text].length),
      [4000, 1],
    );
    assert.match(lines.join('\n'), /changed:\n {2}2 texts over 4000 characters are split/);
  },
);

const NAMES = {
  person: (id: string) => ({ U1: 'A <&amp;> B' })[id],
  channel: (id: string) => ({ C1: 'general' })[id],
};
const TEXTS: [slack: string, readable: string][] = [
  ['<@U1> and <@U2|eve> and <@U3>', '@A <&amp;> B and @eve and @U3'],
  ['<#C1|old-name> <#C2|other> <#C3>', '#general #other #C3'],
  ['<!here> <!channel> <!subteam^S1|@team> <!subteam^S2>', '@here @channel @team @S2'],
  ['<!date^1392734382^{date}|18 February 2014>', '18 February 2014'],
  ['<https://x.org>', 'https://x.org'],
  ['<https://x.org|https://x.org>', 'https://x.org'],
  ['<https://x.org/?a&amp;b|a &amp;amp; b>', 'a &amp; b (https://x.org/?a&b)'],
  ['<mailto:a@x.org|a@x.org> <tel:+1|+1>', 'a@x.org +1'],
  ['1 &lt; 2 &amp;&amp; 3 &gt; 2', '1 < 2 && 3 > 2'],
  ['*bold* _italic_ (*b*, _i_) ~gone~', '**bold** *italic* (**b**, *i*) ~gone~'],
  [
    '*to <@U2|eve>* snake_case_name 2*3*4 * a * **x**',
    '**to @eve** snake_case_name 2*3*4 * a * **x**',
  ],
  ['`*a*` ```_b_\n*c*``` <https://x.org/_d_|*e*>', '`*a*` ```_b_\n*c*``` *e* (https://x.org/_d_)'],
  ['*open\nclose* _a', '*open\nclose* _a'],
  ['&amp;lt;@U1&amp;gt; < <@U1', '&lt;@U1&gt; < <@U1'],
];

test('a hostile text of 40,000 characters is read in linear time', () => {
  const began = performance.now();
  for (const part of ['*a', '_a ', '`', '```', '<', '<@', '*<', '&', ':a', ':+1::skin-tone-2']) {
    const text = part.repeat(40_000 / part.length);
    assert.ok(withEmoji(readableText(text, NAMES)).length > 0);
  }
  assert.ok(performance.now() - began < 5_000);
});

for (const [slack, readable] of TEXTS) {
  test(`the text ${slack} of Slack reads ${readable}`, () => {
    assert.equal(readableText(slack, NAMES), readable);
  });
}
