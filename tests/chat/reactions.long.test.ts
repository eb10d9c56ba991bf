import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatEvent, ChatReaction } from '@parley/contract/events/event.ts';
import { parseEventsPage } from '@parley/contract/events/events-page.ts';
import { ask } from '@parley/testkit/clients/ask.ts';
import { everyEvent, wholeLog } from '@parley/testkit/clients/event-log.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { tokenKeyFile } from '@parley/testkit/credentials/token-key-file.ts';
import { storeKinds } from '@parley/testkit/databases/store-kinds.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

const SUBJECTS = ['ada', 'bob', 'cyd', 'dan', 'eve'];
const EMOJIS = ['👍', '❤️', '🎉', '👩🏽‍🚀'];
/** Requests for each subject and emoji, all at once. */
const RACING = 5;

type Headers = Record<string, string>;

/** The emoji that each subject has on message 1, as its own page shows them. */
async function ownReactions(url: string, headers: Headers[]): Promise<string[][]> {
  const pages = headers.map(async (own) => {
    const response = await fetch(`${url}/chat/race/events?limit=1`, { headers: own });
    const [message] = parseEventsPage(await response.text()).events;
    return message?.kind === 'message' ? (message.mine ?? []) : [];
  });
  return Promise.all(pages);
}

/** Each reaction changes the count of its emoji by one. */
function assertSteps(events: ChatEvent[], counts: Record<string, number>): void {
  const reactions = events.filter((event): event is ChatReaction => event.kind === 'reaction');
  for (const emoji of EMOJIS) {
    const steps = reactions.filter((event) => event.emoji === emoji).map(({ count }) => count);
    for (const [i, count] of steps.entries())
      assert.equal(Math.abs(count - (steps[i - 1] ?? 0)), 1, `${emoji}: ${steps}`);
    assert.equal(steps.at(-1) ?? 0, counts[emoji] ?? 0, emoji);
  }
}

for (const { name, makeUrl, options } of storeKinds()) {
  test(`${name}: 100 racing reactions by two replicas are counted exactly`, options, async (t) => {
    await using folder = await temporaryFolder();
    const key = tokenKeyFile(folder.path);
    const headers = SUBJECTS.map((subject) => key.headersOf(subject));
    await using broker = await start('broker', {});
    const env = {
      MQTT_URL: broker.ready.mqtt ?? '',
      STORE_URL: await makeUrl(t),
      TOKEN_KEY_FILE: key.file,
    };
    await using one = await start('services/chat', env);
    await using two = await start('services/chat', env);
    await using broadcast = await start('services/broadcast', { ...env, CHAT_URL: one.url });
    await post(one.url, 'race', 'hi');
    using reader = new EventReader(broadcast.url, 'race', '?last=1');
    await reader.received(1);

    const react = async (i: number, subject: number, emoji: string, method: string) => {
      const { url } = i % 2 === 0 ? one : two;
      const path = `/chat/race/events/1/reactions/${encodeURIComponent(emoji)}`;
      const { status } = await ask(method, url + path, headers[subject] ?? {});
      assert.equal(status, 200);
    };
    const racing = SUBJECTS.flatMap((_, subject) =>
      EMOJIS.flatMap((emoji, e) =>
        Array.from({ length: RACING }, (_, i) =>
          // The first emoji is only added; the others are added and taken back.
          react(i, subject, emoji, e > 0 && (i + subject) % 2 === 1 ? 'DELETE' : 'PUT'),
        ),
      ),
    );
    assert.equal(racing.length, 100);
    await Promise.all(racing);

    const [message] = await wholeLog(two.url, 'race');
    const { reactions = {} } = message ?? {};
    const mine = await ownReactions(two.url, headers);
    for (const emoji of EMOJIS) {
      const owners = mine.filter((own) => own.includes(emoji)).length;
      assert.equal(reactions[emoji] ?? 0, owners, emoji);
    }
    assert.equal(reactions[EMOJIS[0] ?? ''], SUBJECTS.length);
    const log = await everyEvent(one.url, 'race');
    assertSteps(log, reactions);
    await until('the reader has all events', () => reader.log.length === log.length);
    assert.deepEqual(reader.log.slice(1), log.slice(1));

    await Promise.all(SUBJECTS.map((_, i) => react(i, i, EMOJIS[i % 4] ?? '', 'DELETE')));
    const after = await ownReactions(one.url, headers);
    for (const [i, own] of after.entries()) assert.ok(!own.includes(EMOJIS[i % 4] ?? ''));
    for (const chat of [one, two]) assert.equal(await chat.end('SIGTERM'), 0);
    assert.equal(await broadcast.end('SIGTERM'), 0);
  });
}
