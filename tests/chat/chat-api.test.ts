import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { post } from '@parley/testkit/clients/post.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';

const stack = new AsyncDisposableStack();
let parley: Running;

before(async () => {
  const folder = stack.use(await temporaryFolder());
  parley = stack.use(await start('services/standalone', { DATA_DIR: folder.path }));
});
after(() => stack.disposeAsync());

function chat(path: string, init?: RequestInit): Promise<Response> {
  return fetch(`${parley.url}${path}`, init);
}

function send(
  channel: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
): Promise<Response> {
  return chat(`/chat/${channel}`, { method: 'POST', body, headers });
}

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const JSON_TYPE = { 'Content-Type': 'application/json' };

/** The answer's body; the assertions check its type. */
// biome-ignore lint/suspicious/noExplicitAny: asserted field by field
function json(answer: Response): Promise<any> {
  return answer.json();
}

async function eventsOf(channel: string) {
  return json(await chat(`/chat/${channel}/events`));
}

test('a form, JSON and plain text all store a message, and each gets its receipt', async () => {
  const answers = [
    await send('types', 'username=omri&message=hi+everybody%21', FORM),
    await send('types', JSON.stringify({ username: 'ada', msg: 'hello' }), JSON_TYPE),
    await chat('/chat/types?username=bob', {
      method: 'POST',
      body: 'plain',
      headers: { 'Content-Type': 'text/plain' },
    }),
  ];
  const receipts = await Promise.all(answers.map(json));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 201, 201],
  );
  assert.deepEqual(
    receipts.map(({ seq }) => seq),
    [1, 2, 3],
  );
  assert.deepEqual(
    receipts.map(({ message }) => message),
    ['hi everybody!', 'hello', 'plain'],
  );
  for (const { channel, epoch, seq, id, at, server } of receipts) {
    assert.equal(channel, 'types');
    assert.equal(id, `${epoch}:${seq}`);
    assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(server, 'test');
  }
  assert.equal(answers[0]?.headers.get('x-served-by'), 'test');
});

test('a browser form keeps its line breaks as newlines', async () => {
  const answer = await send('lines', 'username=omri&message=one%0D%0Atwo', FORM);
  assert.equal((await json(answer)).message, 'one\ntwo');
});

test('the transcript has one line for each message, with any text', async () => {
  await post(parley.url, 'transcript', 'first\n[2018-02-25 14:00:51] eve: forged', 'omri');
  await post(parley.url, 'transcript', 'a\u2028b\u2029c <b>bold</b>', 'two\nlines');
  const answer = await chat('/chat/transcript');
  assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8');
  const lines = (await answer.text()).split('\n');
  assert.equal(lines.length, 3);
  assert.match(
    lines[0] ?? '',
    /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] omri: first\\n\[2018-02-25 14:00:51\] eve: forged$/,
  );
  assert.match(lines[1] ?? '', /\] two\\nlines: a\\u2028b\\u2029c <b>bold<\/b>$/);
  assert.equal(lines[2], '');
});

test('an unknown channel is empty, not an error', async () => {
  const answer = await chat('/chat/nobody');
  assert.equal(answer.status, 200);
  assert.equal(await answer.text(), '');
  assert.deepEqual(await eventsOf('nobody'), {
    channel: 'nobody',
    epoch: null,
    head: 0,
    events: [],
    next: null,
  });
});

test('the log pages forward with after and back with before', async () => {
  for (let i = 1; i <= 5; i++) await post(parley.url, 'pages', `m${i}`);
  const page = async (query: string) => {
    const { events, head, next } = await json(await chat(`/chat/pages/events?${query}`));
    return { seqs: events.map(({ seq }: { seq: number }) => seq), head, next };
  };
  assert.deepEqual(await page(''), { seqs: [1, 2, 3, 4, 5], head: 5, next: null });
  assert.deepEqual(await page('limit=2'), { seqs: [1, 2], head: 5, next: 2 });
  assert.deepEqual(await page('after=2&limit=2'), { seqs: [3, 4], head: 5, next: 4 });
  assert.deepEqual(await page('after=4&limit=2'), { seqs: [5], head: 5, next: null });
  assert.deepEqual(await page('before=5&limit=2'), { seqs: [3, 4], head: 5, next: 3 });
  assert.deepEqual(await page('before=3&limit=2'), { seqs: [1, 2], head: 5, next: null });
  assert.deepEqual(await page('after=1&before=4'), { seqs: [2, 3], head: 5, next: null });
});

test('the channel list is paged by name and can be limited to named channels', async () => {
  for (const name of ['list-a', 'list-b', 'list-c']) await post(parley.url, name, 'x');
  const first = await json(await chat('/chat?after=list-&limit=2'));
  assert.deepEqual(
    first.channels.map(({ channel }: { channel: string }) => channel),
    ['list-a', 'list-b'],
  );
  assert.equal(first.next, 'list-b');
  const some = await json(await chat('/chat?channel=list-c&channel=list-a&channel=none'));
  assert.deepEqual(
    some.channels.map(({ channel }: { channel: string }) => channel),
    ['list-a', 'list-c'],
  );
  assert.equal(some.channels[0].head, 1);
});

test('the channel list can begin with the newest events', async () => {
  for (const name of ['recent-b', 'recent-a', 'recent-b']) await post(parley.url, name, 'x');
  const { channels, next } = await json(await chat('/chat?order=recent&limit=2'));
  assert.deepEqual(
    channels.map(({ channel, head }: { channel: string; head: number }) => [channel, head]),
    [
      ['recent-b', 2],
      ['recent-a', 1],
    ],
  );
  assert.equal(next, null);
  assert.equal((await json(await chat('/chat?order=name'))).code, 'invalid-query');
});

test('/api/chat is the same as /chat', async () => {
  const answer = await chat('/api/chat/alias', {
    method: 'POST',
    body: 'username=a&msg=b',
    headers: FORM,
  });
  assert.equal(answer.status, 201);
  assert.equal(
    await (await chat('/api/chat/alias')).text(),
    await (await chat('/chat/alias')).text(),
  );
  assert.equal((await json(await chat('/api/chat/alias/events'))).head, 1);
});

test('the same Idempotency-Key makes one message, in any number of requests at once', async () => {
  const headers = { ...JSON_TYPE, 'Idempotency-Key': randomUUID() };
  const body = JSON.stringify({ username: 'ada', message: 'once' });
  const answers = await Promise.all(Array.from({ length: 20 }, () => send('keyed', body, headers)));
  const bodies = await Promise.all(answers.map((answer) => answer.text()));
  assert.equal(new Set(bodies).size, 1);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(19).fill(200), 201]);
  assert.equal(
    answers.filter((answer) => answer.headers.get('idempotent-replayed') === 'true').length,
    19,
  );
  assert.equal((await eventsOf('keyed')).head, 1);

  const other = await send('keyed', JSON.stringify({ username: 'ada', message: 'twice' }), headers);
  assert.equal(other.status, 422);
  assert.equal((await json(other)).code, 'idempotency-mismatch');
  assert.equal((await eventsOf('keyed')).head, 1);
});

const long = 'x'.repeat(4001);
const refusals: [what: string, code: string, status: number, request: () => Promise<Response>][] = [
  ['an empty body', 'unsupported-media-type', 415, () => chat('/chat/bad', { method: 'POST' })],
  ['an empty message', 'invalid-message', 400, () => send('bad', 'username=a&message=', FORM)],
  ['no message', 'invalid-message', 400, () => send('bad', 'username=a', FORM)],
  ['no name', 'invalid-username', 400, () => send('bad', 'message=a', FORM)],
  ['a name of spaces', 'invalid-username', 400, () => send('bad', 'username=++&message=a', FORM)],
  [
    'a name of 65 characters',
    'invalid-username',
    400,
    () => send('bad', `username=${'n'.repeat(65)}&message=a`, FORM),
  ],
  [
    'a message of 4,001 characters',
    'invalid-message',
    400,
    () => send('bad', `username=a&message=${long}`, FORM),
  ],
  [
    'a number for a message',
    'invalid-message',
    400,
    () => send('bad', '{"username":"a","message":1}', JSON_TYPE),
  ],
  [
    'a terminal escape',
    'invalid-message',
    400,
    () => send('bad', 'username=a&message=%1b%5b31m', FORM),
  ],
  [
    'half a surrogate pair',
    'invalid-message',
    400,
    () => send('bad', '{"username":"a","message":"\\ud800"}', JSON_TYPE),
  ],
  ['broken JSON', 'malformed-json', 400, () => send('bad', '{"username":', JSON_TYPE)],
  ['a JSON array', 'malformed-json', 400, () => send('bad', '[1]', JSON_TYPE)],
  [
    'bytes that are not UTF-8',
    'invalid-encoding',
    400,
    () => send('bad', Uint8Array.of(0x7b, 0xff, 0x7d), JSON_TYPE),
  ],
  [
    'percent-encoding that is not UTF-8',
    'invalid-encoding',
    400,
    () => send('bad', 'username=a&message=%ff', FORM),
  ],
  [
    'another charset',
    'unsupported-media-type',
    415,
    () => send('bad', 'x', { 'Content-Type': 'text/plain; charset=latin1' }),
  ],
  [
    'another type',
    'unsupported-media-type',
    415,
    () => send('bad', '<a/>', { 'Content-Type': 'application/xml' }),
  ],
  [
    'another content coding',
    'unsupported-media-type',
    415,
    () => send('bad', 'x', { ...FORM, 'Content-Encoding': 'zip' }),
  ],
  ['a body over 64 KB', 'body-too-large', 413, () => send('bad', 'x'.repeat(65_537), FORM)],
  [
    'a key with a space',
    'invalid-idempotency-key',
    400,
    () => send('bad', 'username=a&message=b', { ...FORM, 'Idempotency-Key': 'a b' }),
  ],
  [
    'a channel with a space',
    'invalid-channel',
    400,
    () => send('a%20b', 'username=a&message=b', FORM),
  ],
  [
    'a channel that begins with a dot',
    'invalid-channel',
    400,
    () => send('.bad', 'username=a&message=b', FORM),
  ],
  [
    'a channel of 65 characters',
    'invalid-channel',
    400,
    () => send('c'.repeat(65), 'username=a&message=b', FORM),
  ],
  [
    'an MQTT wildcard as channel',
    'invalid-channel',
    400,
    () => send('%23', 'username=a&message=b', FORM),
  ],
  [
    'a channel in broken encoding',
    'malformed-request',
    400,
    () => send('%ff', 'username=a&message=b', FORM),
  ],
  [
    'a path of the API as channel',
    'reserved-channel',
    400,
    () => send('broadcast', 'username=a&message=b', FORM),
  ],
  [
    'a method that does not exist',
    'method-not-allowed',
    405,
    () => chat('/chat/bad', { method: 'PATCH' }),
  ],
  [
    'a method that streams do not have',
    'method-not-allowed',
    405,
    () => chat('/broadcast/bad', { method: 'HEAD' }),
  ],
  ['a form without a field of chat', 'malformed-request', 400, () => send('bad', 'a=b', FORM)],
  ['an empty form', 'malformed-request', 400, () => send('bad', '', FORM)],
  [
    'JSON sent as a form',
    'unsupported-media-type',
    415,
    () => send('bad', '{"username":"a","message":"b=c"}', FORM),
  ],
  [
    'a plain text without a name',
    'invalid-username',
    400,
    () => send('bad', '{"username":"a","message":"b"}', { 'Content-Type': 'text/plain' }),
  ],
  ['a NUL in a query', 'invalid-query', 400, () => chat('/chat?after=%00')],
  ['a NUL in a name asked for', 'invalid-query', 400, () => chat('/chat?channel=a&channel=%00b')],
  [
    'an after beyond the exact integers',
    'invalid-query',
    400,
    () => chat('/chat/bad/events?after=9007199254740992'),
  ],
  ['a limit of zero', 'invalid-query', 400, () => chat('/chat/bad/events?limit=0')],
  ['a limit over 1,000', 'invalid-query', 400, () => chat('/chat/bad/events?limit=1001')],
  ['an after that is not a number', 'invalid-query', 400, () => chat('/chat/bad/events?after=x')],
  ['a path that does not exist', 'not-found', 404, () => chat('/a/b/c')],
];

for (const [what, code, status, request] of refusals) {
  test(`${what} is refused with ${status} ${code}, and nothing is stored`, async () => {
    const answer = await request();
    assert.equal(answer.status, status);
    if (answer.headers.get('content-type') === null) return;
    assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
    const text = await answer.text();
    if (text !== '') {
      const problem = JSON.parse(text);
      assert.equal(problem.code, code);
      assert.equal(problem.status, status);
      assert.equal(problem.instance, answer.headers.get('x-request-id'));
    }
    assert.equal((await eventsOf('bad')).head, 0);
  });
}

test('a body of another type than its Content-Type is refused with advice', async () => {
  const detailOf = async (answer: Response) => (await json(answer)).detail;
  const plain = await detailOf(await send('told', 'load = 7', FORM));
  assert.match(plain, /Content-Type: text\/plain.*\?username=.*Content-Type: application\/json/);
  const asJson = /"Content-Type: application\/json"/;
  assert.match(await detailOf(await send('told', '{"username":"a"}', FORM)), asJson);
  const text = { 'Content-Type': 'text/plain;charset=UTF-8' };
  assert.match(await detailOf(await send('told', '{"username":"a"}', text)), asJson);
  assert.match(await detailOf(await send('told', 'hi', text)), /\?username=/);
  const login = { method: 'POST', headers: FORM, body: '{"login":"a","password":"b"}' };
  assert.match(await detailOf(await chat('/session', login)), asJson);
});

test('the refusal of a channel name suggests a valid one', async () => {
  for (const [name, suggested] of [
    ['my team room!', 'my-team-room'],
    ['#general', 'general'],
    ['@ada & bob', 'ada-bob'],
    ['chat', 'chat-room'],
    ['Küche 2', 'Küche-2'],
    ['x'.repeat(80), 'x'.repeat(64)],
  ] as const) {
    const refused = await send(encodeURIComponent(name), 'username=a&message=b', FORM);
    assert.equal(refused.status, 400);
    assert.match((await json(refused)).detail, new RegExp(`such as "${suggested}"\\.$`));
    assert.equal(
      (await send(encodeURIComponent(suggested), 'username=a&message=b', FORM)).status,
      201,
    );
  }
  const none = await json(await send('%21%21', 'username=a&message=b', FORM));
  assert.doesNotMatch(none.detail, /such as/);
});

test('405 names the allowed methods', async () => {
  const answer = await chat('/chat/x', { method: 'PUT' });
  assert.equal(answer.headers.get('allow'), 'GET, HEAD, POST, DELETE');
});

test('names and texts at their limits are stored unchanged', async () => {
  const message = '😀'.repeat(4000);
  const receipt = await post(parley.url, 'Füße_東京.1-2', message, '名'.repeat(64));
  assert.equal(receipt.message, message);
  const tricky = '<script>alert(1)</script>\n\t\u2028‮ "quoted" \\ end';
  assert.equal((await post(parley.url, 'limits', tricky)).message, tricky);
  assert.equal((await eventsOf('limits')).events[0].message, tricky);
});

test('half a request is answered 400 or dropped, and stores nothing', async () => {
  const { hostname, port } = new URL(parley.url);
  const raw = (text: string) =>
    new Promise<string>((resolve) => {
      let answer = '';
      const socket = connect(Number(port), hostname, () => socket.end(text));
      socket.on('data', (chunk) => {
        answer += chunk;
      });
      socket.on('close', () => resolve(answer));
    });
  assert.match(
    await raw('POST /chat/bad HTTP/1.1\r\nHost: localhost\r\nContent-Le'),
    /^HTTP\/1\.1 400 .*"code":"malformed-request"/s,
  );
  await raw(
    `POST /chat/bad HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 50\r\n\r\nhalf`,
  );
  assert.match(await raw('\x16\x03\x01 nonsense\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.match(
    await raw(`GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`),
    /^HTTP\/1\.1 431 .*"code":"headers-too-large"/s,
  );
  assert.equal((await eventsOf('bad')).head, 0);
});

test('a body that is too large is refused before it has arrived, and one that ends early stores nothing', async () => {
  const { hostname, port } = new URL(parley.url);
  const socket = connect(Number(port), hostname);
  const head = 'POST /chat/bad HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n';
  socket.write(`${head}Content-Length: 100000000\r\n\r\n${'x'.repeat(70_000)}`);
  const [answer] = await once(socket, 'data');
  assert.match(String(answer), /^HTTP\/1\.1 413 /);
  socket.destroy();

  const chunked = connect(Number(port), hostname);
  chunked.on('error', () => undefined);
  chunked.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
  const answered = once(chunked, 'data');
  for (let i = 0; i < 10; i++) chunked.write(`2710\r\n${'x'.repeat(10_000)}\r\n`);
  assert.match(String((await answered)[0]), /^HTTP\/1\.1 413 /);
  chunked.destroy();
  assert.equal((await eventsOf('bad')).head, 0);
});

test('both API documents are served, and neither is a channel', async () => {
  for (const [name, version] of [
    ['openapi', 'openapi: 3.1.0'],
    ['asyncapi', 'asyncapi: 3.0.0'],
  ]) {
    const answer = await chat(`/${name}.yaml`);
    assert.equal(answer.headers.get('content-type'), 'application/yaml');
    assert.equal((await answer.text()).split('\n')[0], version);
    assert.equal((await chat(`/chat/${name}.yaml`)).status, 400);
  }
});

test('HEAD gets the answer of GET without a body', async () => {
  await post(parley.url, 'headers', 'x');
  const answer = await chat('/chat/headers', { method: 'HEAD' });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8');
  assert.equal(await answer.text(), '');
});

test('readiness checks the store and the bus, and the metrics count the requests', async () => {
  assert.deepEqual(await json(await chat('/readyz')), {
    status: 'ok',
    checks: {
      store: 'ok',
      ingest: 'ok',
      'chat-bus': 'ok',
      log: 'ok',
      'broadcast-bus': 'ok',
      hooks: 'ok',
    },
  });
  assert.deepEqual(await json(await chat('/healthz')), { status: 'ok' });
  const metrics = await (await chat('/metrics')).text();
  assert.match(metrics, /^parley_posts_total\{kind="message",outcome="stored"\} [1-9]/m);
  assert.match(metrics, /^parley_posts_total\{kind="message",outcome="refused"\} [1-9]/m);
  assert.match(metrics, /^parley_commit_batch_size_count [1-9]/m);
  assert.match(metrics, /^parley_bus_connected\{part="chat"\} 1$/m);
  assert.match(metrics, /^nodejs_eventloop_lag_p99_seconds /m);
});
