import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { ask } from '@parley/testkit/clients/ask.ts';
import { messageDraft, open } from '@parley/testkit/databases/log-stores.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

const MESSAGES = 20_000;
const BATCH = 500;

/** A database with messages, as a Parley without a search has left it. */
async function makeOlderDatabase(file: string): Promise<void> {
  await using store = await open(`sqlite:${file}`);
  for (let stored = 0; stored < MESSAGES; stored += BATCH) {
    await store.append(
      Array.from({ length: BATCH }, (_, n) =>
        messageDraft('general', `old number${stored + n}`, {
          at: Date.UTC(2026, 0, 1) + stored + n,
        }),
      ),
    );
  }
  using database = new DatabaseSync(file);
  database.exec(`
    INSERT INTO search_index (search_index) VALUES ('delete-all');
    DELETE FROM search_message;
    UPDATE event SET doc = NULL;
    UPDATE channel SET unindexed = head;
  `);
}

test('an older database is indexed in the background, also after a restart, while others post', async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/parley.db`;
  await makeOlderDatabase(file);
  const config = { DATA_DIR: folder.path };
  const search = async (url: string, q: string) => {
    const { status, body } = await ask('GET', `${url}/chat/general/search?q=${q}`, {});
    assert.equal(status, 200);
    return body as { results: { message: string }[]; indexing?: true };
  };
  {
    await using first = await start('services/standalone', config);
    await until('indexing has begun', async () => {
      const { indexing } = await search(first.url, 'old');
      return indexing === true;
    });
    const posted = await fetch(`${first.url}/chat/general`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ username: 'ana', message: 'new' }),
    });
    assert.equal(posted.status, 201);
    assert.equal((await search(first.url, 'new')).results.length, 1, 'a new message is found');
    await until('the newest old message is found', async () => {
      const { results } = await search(first.url, `number${MESSAGES - 1}`);
      return results.length === 1;
    });
  }
  await using second = await start('services/standalone', config);
  await until('all messages are indexed', async () => {
    const { indexing } = await search(second.url, 'new');
    return indexing === undefined;
  });
  for (const n of [0, 1, 12_345, MESSAGES - 1]) {
    assert.equal((await search(second.url, `number${n}`)).results.length, 1, `number${n}`);
  }
  using database = new DatabaseSync(file);
  assert.equal(
    database.prepare('SELECT count(*) AS n FROM search_message').get()?.n,
    MESSAGES + 1,
    'each is indexed once',
  );
});
