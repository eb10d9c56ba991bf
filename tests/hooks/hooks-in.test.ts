import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { range } from '@parley/testkit/range.ts';
import { until } from '@parley/testkit/until.ts';
import { newcomer } from '../accounts/account-deployments.ts';
import { newAdministrator } from '../accounts/administrator.ts';
import { type Answer, JSON_TYPE, openHookSenders, sample } from './hook-senders.ts';

const senders = await openHookSenders({
  LOG_LEVEL: 'debug',
  HOOK_POSTS: '60',
  // Fewer than one hook: posts of hooks do not count for these.
  POSTS_PER_ADDRESS: '50',
  POSTS_PER_ACCOUNT: '50',
  TRUSTED_PROXIES: 'loopback',
});
after(() => senders[Symbol.asyncDispose]());
const { ask, deliver, eventsOf, folder, keys, makeHook, manage, parley, sendSample, textsOf } =
  senders;

test('a hook is made, shown, changed and deleted by administrators only', async () => {
  const made = await manage('PUT', '/hooks/in/made', { channel: 'made' });
  assert.equal(made.status, 201);
  const { secret, path, ...shown } = made.body;
  assert.match(String(secret), /^[\w-]{43}$/);
  assert.equal(path, `/hooks/in/made/${secret}`);
  assert.deepEqual((await manage('GET', '/hooks/in/made')).body, shown);
  const changed = await manage('PUT', '/hooks/in/made', { channel: 'other', username: 'ci' });
  assert.deepEqual(
    [changed.status, changed.body.secret, changed.body.channel],
    [200, undefined, 'other'],
  );
  assert.deepEqual((await deliver(String(path), 'hi')).body, { posted: 1, edited: 0, repeated: 0 });
  const [message] = await eventsOf('other');
  assert.deepEqual([message?.username, message?.message], ['ci', 'hi']);
  assert.doesNotMatch((await manage('GET', '/hooks/in')).text, new RegExp(String(secret)));

  for (const headers of [{}, keys.headersOf('ada')]) {
    const statuses = await Promise.all([
      ask('GET', '/hooks/in', { headers }),
      ask('GET', '/hooks/in/made', { headers }),
      ask('DELETE', '/hooks/in/made', { headers }),
      ask('PUT', '/hooks/in/made', {
        headers: { ...headers, ...JSON_TYPE },
        body: '{"channel":"x"}',
      }),
    ]);
    const expected = 'Authorization' in headers ? 403 : 401;
    assert.deepEqual(
      statuses.map(({ status }) => status),
      Array(4).fill(expected),
    );
  }
  const narrow = keys.headersOf('narrow', { role: 'admin', publish: ['team.*'] });
  const refused = await ask('PUT', '/hooks/in/narrow', {
    headers: { ...narrow, ...JSON_TYPE },
    body: '{"channel":"other"}',
  });
  assert.equal(refused.status, 403, 'an administrator without the right to post there');
  assert.equal((await manage('DELETE', '/hooks/in/made')).status, 204);
  assert.equal((await manage('DELETE', '/hooks/in/made')).status, 404);
  assert.equal((await manage('GET', '/hooks/in/made')).status, 404);
  assert.equal((await deliver(String(path), 'hi')).status, 404);
  const { entries } = (await manage('GET', '/audit')).body as { entries: Record<string, string>[] };
  const acts = entries.filter(({ detail }) => detail?.startsWith('in/made'));
  assert.deepEqual(
    acts.map(({ act, detail }) => `${act} ${detail}`),
    ['put-hook in/made to made', 'put-hook in/made to other', 'delete-hook in/made'],
  );
});

test('hooks that come in and hooks that go out have paths and names of their own', async () => {
  await makeHook('failures', { channel: 'failures' });
  const out = { url: 'https://example.org/a', channels: ['failures'] };
  assert.equal((await manage('PUT', '/hooks/failures', out)).status, 201);
  assert.equal((await manage('GET', '/hooks/in/failures')).body.channel, 'failures');
  assert.deepEqual((await manage('GET', '/hooks/failures/failures')).body.failures, []);
  assert.equal((await manage('GET', '/hooks/failures')).body.url, out.url);
  assert.equal((await manage('PUT', '/hooks/IN', out)).body.code, 'invalid-hook');
});

test('a description that is wrong is refused', async () => {
  for (const [fields, code] of [
    [{}, 'invalid-hook'],
    [{ channel: 'x', colour: 'red' }, 'invalid-hook'],
    [{ channel: 'a b' }, 'invalid-channel'],
    [{ channel: 'x', sender: 'carrier-pigeon' }, 'invalid-hook'],
    [{ channel: 'x', sender: 'template' }, 'invalid-hook'],
    [{ channel: 'x', template: 'no place' }, 'invalid-hook'],
    [{ channel: 'x', sender: 'slack', template: '{{a}}' }, 'invalid-hook'],
    [{ channel: 'x', sender: 'slack', githubSecret: 's' }, 'invalid-hook'],
    [{ channel: 'x', username: '\u202eada' }, 'invalid-username'],
  ] as const) {
    const answer = await manage('PUT', '/hooks/in/wrong', fields);
    assert.deepEqual([answer.status, answer.body.code], [400, code], JSON.stringify(fields));
  }
  for (const name of ['a%20b', 'in', 'x'.repeat(65)]) {
    const answer = await manage('PUT', `/hooks/in/${name}`, { channel: 'x' });
    assert.deepEqual([answer.status, answer.body.code], [400, 'invalid-hook'], name);
  }
});

test('a wrong name and a wrong secret have the same answer, also with a token', async () => {
  const path = await makeHook('guarded', { channel: 'guarded' });
  const answers = await Promise.all([
    deliver('/hooks/in/nowhere/secret', 'hi'),
    deliver('/hooks/in/%00/secret', 'hi'),
    deliver('/hooks/in/in/secret', 'hi'),
    deliver(`${path.slice(0, -1)}${path.endsWith('A') ? 'B' : 'A'}`, 'hi'),
    deliver('/hooks/in/guarded/secret', 'x'.repeat(3_000_000)),
    deliver('/hooks/in/guarded/secret', 'hi', keys.headersOf('root', { role: 'admin' })),
  ]);
  const [first] = answers;
  for (const { status, body } of answers) {
    assert.equal(status, 404);
    assert.deepEqual({ ...body, instance: '' }, { ...first?.body, instance: '' });
  }
  assert.equal(
    (await deliver(path, 'hi', { Authorization: 'Bearer of-another-program' })).status,
    200,
  );
  assert.deepEqual(await textsOf('guarded'), ['hi']);
});

test('an address that names wrong hooks too often must wait, and others need not', async () => {
  const path = await makeHook('guessed', { channel: 'guessed' });
  const [guesser, sender] = ['192.0.2.66', '192.0.2.1'].map((address) => ({
    'X-Forwarded-For': address,
  }));
  const guess = (i: number) =>
    deliver(i % 2 ? `/hooks/in/guessed/${i}` : `/hooks/in/no/${i}`, 'hi', guesser);
  for (let i = 0; i < 100; i += 10) {
    const answers = await Promise.all(range(i + 1, i + 10).map(guess));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([404]));
  }
  for (const refused of [await guess(1), await deliver(path, 'hi', guesser)]) {
    assert.deepEqual([refused.status, refused.body.code], [429, 'too-many-requests']);
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
  }
  assert.equal((await deliver(path, 'hi', sender)).status, 200);
  assert.equal((await textsOf('guessed')).length, 1);
});

test('no log, metric, problem or file has the secret of an address', async () => {
  const path = await makeHook('secret', { channel: 'secret' });
  const secret = path.split('/').at(-1) ?? '';
  const texts: string[] = [];
  for (const [method, to] of [
    ['POST', path],
    ['GET', path],
    ['POST', `${path}/`],
    ['POST', `${path}/more?x=${secret}`],
    ['POST', `/HOOKS${path.slice('/hooks'.length)}`],
  ] as const) {
    const init = { ...(method === 'POST' && { body: '{' }), headers: JSON_TYPE };
    texts.push((await ask(method, to, init)).text);
  }
  await until('the requests are logged', () =>
    parley().output.some((line) => line.includes('/HOOKS/in/secret/…')),
  );
  texts.push(...parley().output, await (await fetch(`${parley().url}/metrics`)).text());
  const files = readdirSync(folder).filter((name) => name.startsWith('parley-hooks.db'));
  assert.ok(files.length > 0);
  texts.push(...files.map((name) => readFileSync(`${folder}/${name}`, 'latin1')));
  assert.ok(!texts.join('\n').includes(secret));
});

test('samples of each sender arrive, and a repeat with an id is not posted again', async () => {
  const path = await makeHook('samples', { channel: 'samples' });
  for (const sample of ['github-push', 'alertmanager-firing', 'grafana-firing']) {
    const [first, second] = [await sendSample(path, sample), await sendSample(path, sample)];
    const posted = Number(first.body.posted);
    assert.ok(posted > 0);
    assert.deepEqual(second.body, { posted: 0, edited: 0, repeated: posted }, sample);
  }
  for (const sample of ['slack-text', 'slack-form', 'slack-blocks', 'slack-attachments']) {
    const answer = await sendSample(path, sample);
    assert.deepEqual([answer.status, answer.text], [200, 'ok'], sample);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/);
  }
  for (const key of ['Idempotency-Key', 'webhook-id']) {
    const send = (text: string) => deliver(path, text, { [key]: key });
    assert.equal((await send('once')).body.posted, 1);
    assert.equal((await send('once')).body.repeated, 1);
    assert.deepEqual([(await send('twice')).status], [422]);
  }
  const texts = await textsOf('samples');
  assert.equal(texts.length, 1 + 2 + 1 + 4 + 2);
  assert.match(texts[0] ?? '', /^\[acme\/app\] ada pushed 7 commits to main\n/);
});

test('a hook of another name has keys of its own', async () => {
  const [one, two] = [
    await makeHook('one', { channel: 'keys' }),
    await makeHook('two', { channel: 'keys' }),
  ];
  for (const path of [one, two])
    assert.equal((await deliver(path, 'hi', { 'Idempotency-Key': 'k' })).body.posted, 1);
});

test('with a GitHub secret only what GitHub has signed is posted', async () => {
  const path = await makeHook('github', { channel: 'github', githubSecret: 'hush' });
  const { headers, body } = sample('github-push');
  const sign = (secret: string) =>
    `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  const send = (signature: string) =>
    deliver(path, body, { ...headers, 'X-Hub-Signature-256': signature });
  for (const wrong of ['', sign('other'), sign('hush').slice(0, -2)])
    assert.deepEqual([(await send(wrong)).body.code], ['forbidden']);
  assert.equal((await deliver(path, 'plain')).status, 403);
  assert.equal((await send(sign('hush'))).body.posted, 1);
  const moved = await manage('PUT', '/hooks/in/github', { channel: 'github-moved' });
  assert.deepEqual([moved.body.signed, moved.body.sender], [true, 'github']);
  assert.equal((await send(sign('other'))).status, 403);
  assert.doesNotMatch((await manage('GET', '/hooks/in')).text, /hush/);
});

test('a delivery cannot call everyone, and cannot take the name of an account', async () => {
  const { name } = await newcomer(parley().url);
  const path = await makeHook('outside', { channel: 'outside' });
  const body = { text: `@all <!everyone> <!channel>`, username: name };
  assert.equal((await deliver(path, JSON.stringify(body), JSON_TYPE)).status, 200);
  const [message] = await eventsOf('outside');
  assert.deepEqual([message?.username, message?.mentions], ['outside', undefined]);
  assert.equal(message?.message, `${name}: @all @everyone @channel`);
  await manage('PUT', '/hooks/in/outside', { channel: 'outside', username: name });
  const refused = await deliver(path, 'hi');
  assert.deepEqual([refused.status, refused.body.code], [403, 'name-taken']);
  assert.equal((await eventsOf('outside')).length, 1);
  await until('the refusal is logged with its cause', () =>
    parley().output.some(
      (line) =>
        /"level":"warn"|"level":40/.test(line) &&
        line.includes('a delivery to a hook was refused') &&
        line.includes('another username'),
    ),
  );
});

test('a hook posts in the private channel that the administrator names', async () => {
  const made = await manage('PUT', '/chat/vault/access', { private: true });
  assert.ok(made.status < 300, made.text);
  const path = await makeHook('vault', { channel: 'vault' });
  assert.equal((await deliver(path, 'hi')).body.posted, 1);
  assert.deepEqual(await textsOf('vault'), ['hi']);
});

test('a hook enters a private channel only while its administrator is a member', async () => {
  const { url } = parley();
  const [root, ana] = [await newAdministrator(url, folder), await newcomer(url)];
  const access = (name: string, method = 'PUT') =>
    ana.browser.send(method, `/chat/den/members/${name}`);
  const put = (name: string, channel: string) =>
    root.browser.send('PUT', `/hooks/in/${name}`, { channel });
  const before = await put('den-before', 'den');
  assert.equal(before.status, 201);
  const made = await ana.browser.send('PUT', '/chat/den/access', { private: true });
  assert.ok(made.status < 300);
  const path = String(before.body.path);
  assert.deepEqual([(await deliver(path, 'early')).body.code], ['not-found']);
  assert.deepEqual([(await put('den', 'den')).body.code], ['not-found']);

  assert.ok((await access(root.name)).status < 300);
  assert.equal((await deliver(path, 'hi')).body.posted, 1);
  assert.equal((await sendSample(path, 'grafana-firing')).body.posted, 1);
  assert.equal((await put('den', 'den')).status, 201);
  const renamed = await ana.browser.send('PUT', '/chat/den/name', { name: 'den.new' });
  assert.equal(renamed.status, 200);
  assert.equal((await deliver(path, 'after')).body.posted, 1);
  assert.ok((await ana.browser.send('DELETE', `/chat/den.new/members/${root.name}`)).status < 300);
  assert.equal((await deliver(path, 'late')).status, 404);
  assert.equal((await sendSample(path, 'grafana-resolved')).status, 404);
  const { events } = (await ana.browser.send('GET', '/chat/den.new/events?after=0')).body;
  const texts = (events as { message?: string }[]).map(({ message }) => message?.slice(0, 8));
  assert.deepEqual(texts, ['hi', '🔴 FIRING'.slice(0, 8), 'after']);
});

test('a closed channel refuses, and the sender learns why', async () => {
  const path = await makeHook('shut', { channel: 'shut' });
  assert.ok((await manage('PUT', '/chat/shut/closed')).status < 300);
  const refused = await deliver(path, 'hi');
  assert.deepEqual([refused.status, refused.body.code], [403, 'channel-closed']);
});

test('huge and malformed bodies are refused, and the hook goes on', async () => {
  const path = await makeHook('bodies', { channel: 'bodies' });
  assert.equal((await deliver(path, 'x'.repeat(1_048_576))).status, 200);
  const cases: [status: number, body: string, headers?: Record<string, string>][] = [
    [413, 'x'.repeat(1_048_577)],
    [400, ''],
    [400, '{"text":', JSON_TYPE],
    [400, '{"unknown": 1}', JSON_TYPE],
    [400, `{"text":"x","blocks":${'['.repeat(100_000)}`, JSON_TYPE],
    [400, '{"groupKey":"g","alerts":[{"status":"burning"}]}', JSON_TYPE],
    [400, '[]', { ...JSON_TYPE, 'X-GitHub-Event': 'push' }],
    [400, '{}', { ...JSON_TYPE, 'X-GitHub-Event': 'push, push' }],
    [415, 'x', { 'Content-Type': 'multipart/form-data; boundary=b' }],
    [415, 'x', { 'Content-Encoding': 'gzip' }],
    [400, 'x', { 'Idempotency-Key': 'a b' }],
  ];
  for (const [status, body, headers = {}] of cases) {
    const answer = await deliver(path, body, headers);
    assert.equal(answer.status, status, `${body.slice(0, 60)}: ${answer.text}`);
  }
  assert.deepEqual(
    (await textsOf('bodies')).map((text) => [...text].length),
    [4_000],
  );
});

test('a resolved alert edits its message; a message that is gone is followed by another', async () => {
  const path = await makeHook('alerts', { channel: 'alerts' });
  assert.equal((await sendSample(path, 'alertmanager-firing')).body.posted, 2);
  const headers = keys.headersOf('root', { role: 'admin', name: 'root' });
  assert.equal((await ask('DELETE', '/chat/alerts/events/2', { headers })).status, 204);
  const resolved = await sendSample(path, 'alertmanager-resolved');
  assert.deepEqual(resolved.body, { posted: 1, edited: 1, repeated: 0 });
  for (const again of ['alertmanager-resolved', 'alertmanager-firing']) {
    const answer = await sendSample(path, again);
    assert.deepEqual(answer.body, { posted: 0, edited: 0, repeated: 2 }, again);
  }
  const texts = await textsOf('alerts');
  assert.deepEqual(
    texts.map((text) => text.split('\n').slice(0, 2)),
    [
      ['🟢 RESOLVED: HighLoad (critical)', 'web-1 is busy'],
      [''],
      ['🟢 RESOLVED: HighLoad (critical)', 'web-2 is busy'],
    ],
  );
});

test('a channel that was deleted and made again keeps its own messages', async () => {
  const path = await makeHook('again', { channel: 'again' });
  await sendSample(path, 'grafana-firing');
  assert.ok((await manage('DELETE', '/chat/again')).status < 300);
  const headers = { ...keys.headersOf('hooks'), ...JSON_TYPE };
  await ask('POST', '/chat/again', { headers, body: '{"username":"ada","message":"mine"}' });
  assert.equal((await sendSample(path, 'grafana-resolved')).status, 200);
  const [first, second] = await textsOf('again');
  assert.equal(first, 'mine');
  assert.match(second ?? '', /^🟢 RESOLVED: Memory/);
});

test('a hook and the messages of its alerts follow a channel to its new name', async () => {
  const path = await makeHook('moving', { channel: 'before' });
  assert.equal((await sendSample(path, 'grafana-firing')).body.posted, 1);
  assert.equal((await manage('PUT', '/chat/before/name', { name: 'after' })).status, 200);
  assert.equal((await sendSample(path, 'grafana-firing')).body.repeated, 1);
  assert.equal((await sendSample(path, 'grafana-resolved')).body.edited, 1);
  assert.equal((await deliver(path, 'hi')).body.posted, 1);
  const [alert, text, ...more] = await textsOf('after');
  assert.match(alert ?? '', /^🟢 RESOLVED: Memory/);
  assert.deepEqual([text, more], ['hi', []]);
});

test('a flood of one hook is 429 with Retry-After, and other hooks and the limits of chat do not feel it', async () => {
  const flooded = await makeHook('flood', { channel: 'flood' });
  const calm = await makeHook('calm', { channel: 'flood' });
  const answers: Answer[] = [];
  for (let i = 0; i < 80; i += 20)
    answers.push(...(await Promise.all(range(1, 20).map((j) => deliver(flooded, `${i + j}`)))));
  const refused = answers.filter(({ status }) => status === 429);
  assert.deepEqual([answers.length - refused.length, refused.length], [60, 20]);
  for (const { headers, body } of refused) {
    assert.ok(Number(headers.get('retry-after')) > 0);
    assert.equal(body.code, 'too-many-requests');
  }
  const alerts = await sendSample(flooded, 'alertmanager-firing');
  assert.deepEqual([alerts.status, alerts.body.code], [503, 'overloaded']);
  assert.ok(Number(alerts.headers.get('retry-after')) > 0);
  assert.equal((await deliver(calm, 'calm')).status, 200);
  assert.equal((await textsOf('flood')).length, 61);
});

test('one hook has 32 deliveries open at most, and one that is cut short leaves its place', async () => {
  const [busy, calm] = [
    await makeHook('busy', { channel: 'busy' }),
    await makeHook('other', { channel: 'busy' }),
  ];
  // Not by the proxy of the tests, which sends only whole requests.
  const { hostname, port } = new URL(String(parley().ready.url));
  const head = `POST ${busy} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 2\r\n\r\n`;
  const sockets = range(1, 32).map(() => connect(Number(port), hostname));
  for (const socket of sockets) socket.on('error', () => undefined).write(head);
  // An empty delivery is refused before it counts for the rate of the hook.
  await until('the next one is refused', async () => (await deliver(busy, '')).status === 503);
  assert.equal((await deliver(busy, '')).body.code, 'overloaded');
  assert.equal((await deliver(calm, 'hi')).status, 200);
  for (const [i, socket] of sockets.entries()) i % 2 === 0 ? socket.end('hi') : socket.destroy();
  await until('all others are posted', async () => (await textsOf('busy')).length === 17);
  await until('all places are free', async () => {
    const answers = await Promise.all(range(1, 32).map(() => deliver(busy, '')));
    return answers.every(({ body }) => body.code === 'invalid-message');
  });
});

test('all traffic matched the API documents', async () => {
  assert.equal(await parley().end('SIGTERM'), 0);
});
