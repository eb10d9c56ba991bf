import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import { eventsPage, everyEvent, wholeLog } from '@parley/testkit/clients/event-log.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { metric } from '@parley/testkit/metric.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import {
  type Answer,
  codes,
  encode,
  message,
  messages,
  NDJSON,
  pad,
  postLinesTo,
  type Sent,
  sendBatchTo,
  statuses,
} from './batch.ts';

const MB = 1_048_576;
/** Keys in an order that `JSON.parse` would change, and a number that it would round. */
const DATA = String.raw`{"b":12345678901234567890,"10":[1.50,"\u00e9\n😀"],"9":null}`;

const stack = new AsyncDisposableStack();
let parley: Running;
let folder: string;

before(async () => {
  folder = stack.use(await temporaryFolder()).path;
  parley = stack.use(await startParley({ DATA_DIR: folder }));
});
after(() => stack.disposeAsync());

function startParley(env: Record<string, string>): Promise<Running> {
  return start('services/standalone', { CANARY_SECONDS: '0', ...env });
}

function sendBatch(body: string | Buffer, sent: Partial<Sent> = {}): Promise<Response> {
  return sendBatchTo({ url: parley.url, ...sent }, body);
}

function postLines(lines: (object | string)[], sent: Partial<Sent> = {}): Promise<Answer[]> {
  return postLinesTo({ url: parley.url, ...sent }, lines);
}

const BAD: [line: string, code: string][] = [
  ['{"channel":"bad"', 'malformed-json'],
  ['[]', 'malformed-json'],
  ['', 'malformed-json'],
  ['{"username":"ada","message":"hi"}', 'invalid-channel'],
  ['{"channel":"a/b","username":"ada","message":"hi"}', 'invalid-channel'],
  ['{"channel":"chat","username":"ada","message":"hi"}', 'reserved-channel'],
  ['{"channel":"bad","message":"hi"}', 'invalid-username'],
  ['{"channel":"bad","username":"ada"}', 'invalid-message'],
  ['{"channel":"bad","type":"open"}', 'invalid-type'],
  ['{"channel":"bad","type":"a","payload":1}', 'invalid-event'],
  ['{"channel":"bad","type":"a","store":false}', 'invalid-event'],
  ['{"channel":"bad","type":"a","key":7}', 'invalid-idempotency-key'],
  ['{"channel":"bad","type":"a","key":null}', 'invalid-idempotency-key'],
  [`{"channel":"bad","type":"a","data":"${'x'.repeat(65_536)}"}`, 'body-too-large'],
];

test('of 1,000 lines each is answered in its place, and 37 bad ones refuse only themselves', async () => {
  const counted = (outcome: string) =>
    metric(parley.url, `parley_posts_total{kind="message",outcome="${outcome}"}`);
  const [stored, refused] = [await counted('stored'), await counted('refused')];
  const lines: (object | string)[] = [];
  const wanted: (string | number)[] = [];
  for (let i = 0; i < 1_000; i++) {
    const isBad = i % 27 === 5;
    const [line, code] = BAD[wanted.filter((one) => one !== 201).length % BAD.length] ?? [];
    lines.push(isBad ? (line ?? '') : message(`mixed-${i % 3}`, `m${i}`));
    wanted.push(isBad ? (code ?? '') : 201);
  }
  assert.equal(wanted.filter((one) => one !== 201).length, 37);
  const answers = await postLines(lines);
  assert.deepEqual(codes(answers), wanted);
  for (const channel of ['mixed-0', 'mixed-1', 'mixed-2']) {
    const own = answers.filter((one) => one.channel === channel);
    const log = await wholeLog(parley.url, channel);
    assert.deepEqual(
      log.map(({ seq, id, at, message }) => ({ seq, id, at, message })),
      own.map(({ seq, id, at, message }) => ({ seq, id, at, message })),
    );
    const sent = lines.filter((line) => Object(line).channel === channel);
    assert.deepEqual(
      log.map((one) => one.message),
      sent.map((line) => Object(line).message),
    );
  }
  assert.equal((await eventsPage(parley.url, 'bad')).head, 0);
  assert.deepEqual(
    [(await counted('stored')) - stored, (await counted('refused')) - refused],
    [963, 37],
  );
});

test('a line gets the receipt of a single post, and data stays as it was written', async () => {
  const answers = await postLines([
    message('receipts', 'hi'),
    `{"channel" : "receipts", "type":"order.shipped", "data": ${DATA}, "key":"o1"}`,
    `{"channel":"receipts","username":"ada","msg":"with data","data":${DATA}}\r`,
  ]);
  const { epoch, at, server } = answers[0] as Answer;
  const common = (seq: number) => ({
    channel: 'receipts',
    epoch,
    seq,
    id: `${epoch}:${seq}`,
    at: answers[seq - 1]?.at,
    server,
    status: 201,
  });
  assert.match(String(at), /^\d{4}-/);
  assert.deepEqual(answers, [
    { ...common(1), username: 'ada', message: 'hi' },
    { ...common(2), type: 'order.shipped' },
    { ...common(3), username: 'ada', message: 'with data' },
  ]);
  const [, event, last] = await everyEvent(parley.url, 'receipts');
  assert.deepEqual(
    [event, last].map((one) => Object(one).data),
    [DATA, DATA],
  );
});

test('/api/chat is the same, and an empty batch has an empty answer', async () => {
  assert.deepEqual(
    statuses(await postLines([message('second', 'hi')], { url: `${parley.url}/api` })),
    [201],
  );
  const answer = await sendBatch('');
  assert.deepEqual([answer.status, await answer.text()], [200, '']);
});

test('only the text after the last newline is no line', async () => {
  const line = JSON.stringify(message('ends', 'hi'));
  for (const [body, wanted] of [
    [line, [201]],
    [`${line}\n`, [201]],
    [`${line}\r\n${line}\r\n`, [201, 201]],
    [`${line}\n\n${line}\n`, [201, 400, 201]],
    [`${line}\n\n`, [201, 400]],
  ] as const) {
    const text = await (await sendBatch(body)).text();
    assert.deepEqual(
      statuses(
        text
          .split('\n')
          .slice(0, -1)
          .map((one) => JSON.parse(one)),
      ),
      wanted,
    );
  }
});

test('bytes that are not UTF-8 refuse only their line', async () => {
  const [good] = [encode([message('bytes', 'hi')])];
  const body = Buffer.concat([
    Buffer.from(good),
    Buffer.from([0x22, 0xe9, 0x22, 10]),
    Buffer.from(good),
  ]);
  const text = await (await sendBatch(body)).text();
  assert.deepEqual(
    codes(
      text
        .split('\n')
        .slice(0, -1)
        .map((one) => JSON.parse(one)),
    ),
    [201, 'invalid-encoding', 201],
  );
});

test('what the store refuses is the problem of its line', async () => {
  await fetch(`${parley.url}/users`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: parley.url },
    body: JSON.stringify({
      username: 'Grace',
      email: 'grace@example.org',
      password: 'correct horse battery',
    }),
  });
  await post(parley.url, 'shut', 'first');
  await fetch(`${parley.url}/chat/shut/closed`, {
    method: 'PUT',
    headers: bearer(folder, { role: 'admin' }),
  });
  const answers = await postLines([
    message('keyed', 'one', { key: 'k' }),
    message('keyed', 'one', { key: 'k' }),
    message('keyed', 'two', { key: 'k' }),
    message('shut', 'late'),
    message('keyed', 'mine', { username: 'grace' }),
    message('other', 'two', { key: 'k' }),
  ]);
  const wanted = [201, 200, 'idempotency-mismatch', 'channel-closed', 'name-taken', 201];
  assert.deepEqual(codes(answers), wanted);
  const [first, again, mismatch] = answers;
  assert.deepEqual({ ...again, status: 201 }, first);
  assert.deepEqual(Object.keys(mismatch ?? {}), ['type', 'title', 'status', 'code', 'detail']);
});

/** The header with a token for every channel, or for what `more` gives. */
function bearer(dataDir: string, more: object = {}): Record<string, string> {
  const key = openSigningKey(readFileSync(`${dataDir}/token.key`, 'utf8'));
  const claims = { sub: 'program', publish: ['**'], subscribe: ['**'], ...more };
  return { Authorization: `Bearer ${key.sign(claims, 600)}` };
}

test('with AUTH=required each line needs the right to post in its channel', async () => {
  await using own = await temporaryFolder();
  await using strict = await startParley({ DATA_DIR: own.path, AUTH: 'required' });
  const lines = [message('a.1', 'x'), message('b', 'x')];
  const unnamed = { channel: 'a.2', message: 'x' };
  const send = (headers: Record<string, string>, more: object[] = []) =>
    postLines([...lines, ...more], { url: strict.url, headers });
  assert.deepEqual(codes(await send({})), ['unauthenticated', 'unauthenticated']);
  const some = bearer(own.path, { publish: ['a.*'] });
  assert.deepEqual(codes(await send(some)), [201, 'forbidden']);
  const named = bearer(own.path, { publish: ['a.*'], name: 'ada' });
  assert.deepEqual(codes(await send(named, [unnamed])), [201, 'forbidden', 201]);
  const other = bearer(own.path, { publish: ['a.*'], name: 'bob' });
  assert.deepEqual(codes(await send(other, [unnamed])), ['forbidden', 'forbidden', 201]);
  const wrong = await sendBatch(encode(lines), {
    url: strict.url,
    headers: { Authorization: 'Bearer x' },
  });
  assert.equal(wrong.status, 401);
});

test('each line counts as a post: the lines above the limit are refused by themselves', async () => {
  await using own = await temporaryFolder();
  await using limited = await startParley({
    DATA_DIR: own.path,
    POSTS_PER_ADDRESS: '12',
    POSTS_PER_ACCOUNT: '5',
    TRUSTED_PROXIES: 'loopback',
  });
  const { url } = limited;
  const from = (address: string) => ({ 'X-Forwarded-For': address });
  const ofAccount = { ...bearer(own.path), ...from('203.0.113.9') };
  const answers = await postLines(['bad', ...messages('account', 6)], { url, headers: ofAccount });
  assert.deepEqual(statuses(answers), [400, 201, 201, 201, 201, 429, 429]);
  assert.match(String(answers.at(-1)?.detail), /wait \d+ s/);
  const headers = from('203.0.113.1');
  const answer = await sendBatch(encode(messages('address', 15)), { url, headers });
  assert.equal(answer.headers.get('ratelimit-policy'), '"address";q=12;w=60, "account";q=5;w=60');
  assert.equal((await answer.text()).split('"status":201').length - 1, 12);
  assert.equal((await eventsPage(url, 'address')).head, 12);
  const single = await fetch(`${url}/chat/address`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({ username: 'ada', message: 'x' }),
  });
  assert.equal(single.status, 429);
  // A batch that is refused as a whole counts as one post.
  const whole = () => sendBatch('\n'.repeat(1_001), { url, headers: from('203.0.113.2') });
  for (let i = 0; i < 12; i++) assert.equal((await whole()).status, 413);
  assert.equal((await whole()).status, 429);
});

const WHOLE: [what: string, send: () => Promise<Response>, status: number, code: string][] = [
  ['1,001 lines', () => sendBatch(encode(messages('whole', 1_001))), 413, 'body-too-large'],
  ['over 4 MB', () => sendBatch(pad(4 * MB + 1)), 413, 'body-too-large'],
  ['over 4 MB in chunks', () => sendChunks(pad(4 * MB + 1)), 413, 'body-too-large'],
  [
    'another type',
    () =>
      sendBatch(encode(messages('whole', 1)), { headers: { 'Content-Type': 'application/json' } }),
    415,
    'unsupported-media-type',
  ],
  [
    'another charset',
    () => sendBatch('', { headers: { 'Content-Type': `${NDJSON}; charset=latin1` } }),
    415,
    'unsupported-media-type',
  ],
  [
    'a Content-Encoding',
    () => sendBatch('', { headers: { 'Content-Encoding': 'gzip' } }),
    415,
    'unsupported-media-type',
  ],
];

function sendChunks(body: string): Promise<Response> {
  const init = { method: 'POST', headers: { 'Content-Type': NDJSON }, duplex: 'half' as const };
  return fetch(`${parley.url}/chat`, { ...init, body: new Blob([body]).stream() });
}

for (const [what, send, status, code] of WHOLE) {
  test(`refused as a whole, and nothing is stored: ${what}`, async () => {
    const answer = await send();
    const problem = (await answer.json()) as { code: string };
    assert.deepEqual([answer.status, problem.code], [status, code]);
    assert.equal((await eventsPage(parley.url, 'whole')).head, 0);
  });
}

test('a batch of 4 MB and one of 1,000 lines are accepted', async () => {
  const text = await (await sendBatch(pad(4 * MB).replaceAll('whole', 'full'))).text();
  assert.equal(text.split('"status":201').length - 1, 10);
  assert.deepEqual(new Set(statuses(await postLines(messages('thousand', 1_000)))), new Set([201]));
});

test('single posts do not wait behind batches', async () => {
  const head = async () => (await eventsPage(parley.url, 'many', 'limit=1')).head;
  const answers = Array.from({ length: 18 }, () => postLines(messages('many', 1_000)));
  await until('the first are stored', async () => (await head()) > 0);
  const before = await head();
  const { seq } = await post(parley.url, 'many', 'single');
  // Two slices of 256 lines, one transaction under way, and what was stored meanwhile.
  assert.ok(seq - before < 2_500, `${seq - before} others were stored first`);
  await Promise.all(answers);
  assert.equal(await head(), 18_001);
});

test('all traffic matched the API documents', async () => {
  assert.equal(await parley.end('SIGTERM'), 0);
});
