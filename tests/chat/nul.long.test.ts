import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tokenKeyFile } from '@parley/testkit/credentials/token-key-file.ts';
import { storeKinds } from '@parley/testkit/databases/store-kinds.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
/**
 * Texts that not every store can keep, as JSON and in an address: NUL, half a surrogate pair, the
 * last code point.
 */
const TEXTS: [json: string, encoded: string][] = [
  ['\\u0000', '%00'],
  ['a\\u0000b', 'a%00b'],
  ['\\ud800', '%ED%A0%80'],
  ['\\udbff\\udfff', '%F4%8F%BF%BF'],
  ['\\u001f', '%1F'],
];

function requestsWith([text, encoded]: (typeof TEXTS)[number]): [
  path: string,
  init: RequestInit,
][] {
  const send = (method: string, path: string, body: string): [string, RequestInit] => [
    path,
    { method, body, headers: JSON_TYPE },
  ];
  const reads = [
    `/chat?after=${encoded}`,
    `/chat?channel=${encoded}`,
    `/chat?channel=a&channel=${encoded}`,
    `/chat?limit=${encoded}`,
    `/chat/${encoded}`,
    `/chat/${encoded}/events`,
    `/${encoded}`,
    `/chat/a/events?after=${encoded}`,
    `/chat/a/events?before=${encoded}`,
    `/broadcast/${encoded}/presence`,
    `/broadcast/a?last=${encoded}`,
    `/broadcast/a?ticket=${encoded}`,
    `/broadcast/${encoded}`,
    `/catalog/${encoded}`,
  ];
  const account = `"email":"${text}@x.org","password":"${text}12345678"`;
  return [
    ...reads.map((path): [string, RequestInit] => [path, {}]),
    ...['login', 'email', 'username'].map((name) =>
      send('POST', '/session', `{"${name}":"${text}","password":"x"}`),
    ),
    send('POST', '/session', `{"login":"a","password":"${text}"}`),
    ['/session', { method: 'POST', body: `login=${encoded}&password=x`, headers: FORM }],
    send('POST', '/users', `{"username":"${text}",${account}}`),
    send('POST', '/users', `{"username":"a",${account}}`),
    send('POST', '/session/renew', `{"stream":"${text}"}`),
    send('POST', '/chat/a', `{"username":"${text}","message":"x"}`),
    send('POST', '/chat/a', `{"username":"x","message":"${text}"}`),
    send('PATCH', '/chat/a/events/1', `{"message":"${text}"}`),
    send('PUT', '/chat/a/events/1/vote', `{"value":"${text}"}`),
    [`/chat/a/events/1/reactions/${encoded}`, { method: 'PUT' }],
    [`/chat/a/events/${encoded}/reactions/${encoded}`, { method: 'DELETE' }],
    [`/chat/a/events/${encoded}`, { method: 'DELETE' }],
    [`/chat/${encoded}/closed`, { method: 'PUT' }],
  ];
}

for (const { name, makeUrl, options } of storeKinds()) {
  test(`${name}: no text makes the server fail, anywhere in a request`, options, async (t) => {
    await using folder = await temporaryFolder();
    const key = tokenKeyFile(folder.path);
    const settings = { STORE_URL: await makeUrl(t), TOKEN_KEY_FILE: key.file };
    await using parley = await start('services/standalone', { DATA_DIR: folder.path, ...settings });
    const guest = {};
    for (const who of [guest, key.headersOf('ada', { role: 'admin' })]) {
      for (const [path, init] of TEXTS.flatMap(requestsWith)) {
        const headers = { ...init.headers, ...who };
        const { status, body } = await fetch(parley.url + path, { ...init, headers });
        await body?.cancel();
        assert.ok(status < 500, `${init.method ?? 'GET'} ${path} ${init.body}: ${status}`);
      }
    }
    assert.equal(await parley.end('SIGTERM'), 0);
  });
}
