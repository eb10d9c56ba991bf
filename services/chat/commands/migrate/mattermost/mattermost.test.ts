import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMessage } from '@parley/contract/events/event.ts';
import { EVERY_PRIVATE_CHANNEL } from '@parley/kit/viewer.ts';
import { page, STORES, testsOn } from '@parley/testkit/databases/log-stores.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { makeZip } from '@parley/testkit/zip.ts';
import type { OpenedStore } from '../../../store/opened-store.ts';
import { migrate } from '../migrate.ts';
import type { MigrateOptions } from '../options.ts';

const AT = Date.UTC(2024, 2, 5, 10);
const time = (n: number) => new Date(AT + n).toISOString();

const post = (user: string, message: string, n: number, more: object = {}) => {
  const common = { team: 'core', channel: 'town-square', user, message, create_at: AT + n };
  return { type: 'post', post: { ...common, props: {}, flagged_by: [], ...more } };
};
const channel = (name: string, type = 'O', team = 'core') => {
  return { type: 'channel', channel: { team, name, display_name: `The ${name}`, type } };
};
const user = (username: string) => ({
  type: 'user',
  user: {
    username,
    email: `${username}@example.org`,
    nickname: 'Nick',
    first_name: 'A',
    teams: [],
  },
});
const direct = (message: string) => ({
  type: 'direct_post',
  direct_post: { channel_members: ['omri', 'ada'], user: 'ada', message, create_at: AT },
});

const VERSION = { type: 'version', version: 1, info: { generator: 'mattermost-server' } };
const TEAM = { type: 'team', team: { name: 'core', display_name: 'Core', type: 'O' } };

/** As the server writes it: the posts are in the order of their ids, which is not that of their times. */
const LINES = [
  VERSION,
  { type: 'role', role: { name: 'system_admin' } },
  TEAM,
  channel('town-square'),
  channel('board', 'P'),
  user('ada'),
  user('omri'),
  post('omri', 'third, an hour later :+1:', 3_600_000, { attachments: [{ path: 'a/b/plan.pdf' }] }),
  post('ada', 'first', 1, {
    replies: [{ user: 'omri', message: 'a reply', create_at: AT + 7, reactions: [] }],
    reactions: [{ user: 'omri', emoji_name: '+1', create_at: AT + 9 }],
  }),
  post('ada', 'ada joined the channel.', 2, { type: 'system_join_channel' }),
  post('ada', '', 5, {
    type: 'slack_attachment',
    props: { from_webhook: 'true', override_username: 'Omri', attachments: [{ text: 'red' }] },
  }),
  post('ada', 'same time', 6),
  post('ada', 'same time', 6, {
    reactions: [
      { user: 'omri', emoji_name: 'tada', create_at: 1e300 },
      { user: 'ada', emoji_name: 'our_parrot', create_at: AT },
    ],
  }),
  post('ada', 'secret', 4, { channel: 'board' }),
  { type: 'post', post: { team: 'core' } },
  { type: 'emoji', emoji: { name: 'parrot', image: 'x' } },
  { type: 'direct_channel', direct_channel: { members: ['ada', 'omri'] } },
  direct('only for you'),
  { type: 'poll', poll: {} },
];

const TOWN_SQUARE = [
  [time(1), 'ada', 'first'],
  [time(5), 'Omri (app)', 'red'],
  [time(6), 'ada', 'same time'],
  [time(6), 'ada', 'same time'],
  [time(7), 'omri', 'a reply'],
  [time(3_600_000), 'omri', 'third, an hour later 👍\n[file: plan.pdf]'],
];

const text = (lines: unknown[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

async function zipOf(folder: string, lines: unknown[]): Promise<string> {
  const path = join(folder, 'export.zip');
  const files = [
    { path: 'import.jsonl', content: text(lines) },
    { path: 'data/20240305/teams/t/channels/c/users/u/f/notes.jsonl', content: 'not ours' },
  ];
  await writeFile(path, makeZip(files));
  return path;
}

async function plain(folder: string, lines: unknown[]): Promise<string> {
  const path = join(folder, 'export.jsonl');
  await writeFile(path, text(lines).replaceAll('\n', '\r\n'));
  return path;
}

function run(store: OpenedStore, file: string, more: Partial<MigrateOptions> = {}) {
  const options = { dryRun: false, prefix: '', private: false, direct: false, ...more };
  const openStore = async () => ({
    append: (batch: Parameters<typeof store.append>[0]) => store.append(batch),
    access: store.access,
    [Symbol.asyncDispose]: async () => {},
  });
  const surroundings = { openStore, server: 'test', progress: () => {} };
  return migrate({ source: 'mattermost', file, ...options }, surroundings);
}

async function messages(
  store: OpenedStore,
  name: string,
  viewer: string | null = null,
): Promise<string[][]> {
  const { events } = await page(store, { channel: name, viewer });
  return events.filter(isMessage).map((event) => [event.at, event.username, event.message]);
}

for (const kind of STORES) {
  const onStore = testsOn(kind);

  onStore(
    'an export of Mattermost is stored in the order of its times, and reported',
    async (store) => {
      await using folder = await temporaryFolder();
      const file = await plain(folder.path, LINES);
      const lines = await run(store, file);
      assert.deepEqual(await messages(store, 'town-square'), TOWN_SQUARE);
      assert.deepEqual(lines, [
        '6 messages stored, 0 were stored by an earlier run',
        '2 reactions stored, 0 were stored by an earlier run',
        '  town-square -> town-square: 6 messages',
        'left out:',
        '  1 private channels (--private imports them), such as board',
        '  1 files (their names are in the texts), such as town-square 2024-03-05T11:00:00.000Z plan.pdf',
        '  1 notices such as joins and headers, such as town-square 2024-03-05T10:00:00.002Z system_join_channel',
        '  1 reactions with emoji that the workspace made itself, such as town-square 2024-03-05T10:00:00.006Z :our_parrot:',
        '  1 entries that are not posts, such as line 15 post.user (post)',
        '  1 direct conversations (--direct imports them), such as dm-ada-omri',
        '  1 lines of a kind that is not known, such as line 19 type (poll)',
      ]);
      const { events } = await page(store, { channel: 'town-square' });
      const replies = events.filter(isMessage).map(({ replyTo }) => replyTo);
      assert.deepEqual(replies, [undefined, undefined, undefined, undefined, 1, undefined]);
      const [first] = events.filter(isMessage);
      assert.deepEqual(first?.reactions, { '👍': 1 });
      const reactions = events.filter(({ kind }) => kind === 'reaction');
      assert.deepEqual(
        reactions.map(({ at }) => at),
        [time(9), time(6)],
      );
      const again = await run(store, await zipOf(folder.path, LINES));
      assert.equal(again[1], '0 reactions stored, 2 were stored by an earlier run');
      assert.equal(again[0], '0 messages stored, 6 were stored by an earlier run');
    },
  );
}

const [SQLITE] = STORES;
assert.ok(SQLITE);
const onSqlite = testsOn(SQLITE);

onSqlite('private and direct conversations are stored when they are asked for', async (store) => {
  await using folder = await temporaryFolder();
  const file = await zipOf(folder.path, LINES);
  await run(store, file, { private: true, direct: true });
  assert.deepEqual(await messages(store, 'board'), []);
  assert.deepEqual(await messages(store, 'board', EVERY_PRIVATE_CHANNEL), [
    [time(4), 'ada', 'secret'],
  ]);
  const direct = await messages(store, 'dm-ada-omri', EVERY_PRIVATE_CHANNEL);
  assert.deepEqual(direct, [[time(0), 'ada', 'only for you']]);
});

onSqlite('channels of several teams have the names of their teams', async (store) => {
  await using folder = await temporaryFolder();
  const other = { type: 'team', team: { name: 'shop' } };
  const lines = [VERSION, TEAM, other, channel('town-square'), channel('town-square', 'O', 'shop')];
  const posts = [post('ada', 'in core', 1), post('ada', 'in shop', 1, { team: 'shop' })];
  await run(store, await plain(folder.path, [...lines, ...posts]));
  assert.deepEqual(await messages(store, 'core.town-square'), [[time(1), 'ada', 'in core']]);
  assert.deepEqual(await messages(store, 'shop.town-square'), [[time(1), 'ada', 'in shop']]);
});

onSqlite('a file that is not a bulk export is refused, and nothing is stored', async (store) => {
  await using folder = await temporaryFolder();
  const cases: [lines: unknown[], fault: RegExp][] = [
    [[TEAM, VERSION], /export\.jsonl:1: not a bulk export of Mattermost: its first line is not/],
    [[{ type: 'version', version: 2 }], /:1: not a bulk export of Mattermost/],
    [[], /export\.jsonl: it has no lines of Mattermost/],
    [
      [...LINES, 'x'.repeat(16 * 1_048_576)],
      /export\.jsonl: one of its entries has more than 16 MB/,
    ],
  ];
  for (const [lines, message] of cases) {
    await assert.rejects(run(store, await plain(folder.path, lines)), {
      name: 'PlainError',
      message,
    });
  }
  await writeFile(join(folder.path, 'half.jsonl'), `${text(LINES)}{"type":"post","po`);
  const half = run(store, join(folder.path, 'half.jsonl'));
  await assert.rejects(half, /half\.jsonl:20: it is not JSON: \{"type":"post","po$/);
  await assert.rejects(
    run(store, join(folder.path, 'none.jsonl')),
    /it cannot be read \(ENOENT\)$/,
  );
  assert.deepEqual(await store.channels({ after: '', limit: 10 }), []);
});
