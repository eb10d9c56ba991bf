import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Documents } from './documents.ts';
import { exchangeFaults, type SentResponse } from './exchange.ts';
import { HttpContract } from './http-contract.ts';
import type { SentRequest } from './request-fault.ts';

const contract = new HttpContract(new Documents());

const HEADERS = {
  'x-served-by': 'test',
  'x-request-id': 'an-id',
  'x-content-type-options': 'nosniff',
};
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const RECEIPT = {
  channel: 'lobby',
  epoch: 'e64eb26d6b92',
  seq: 42,
  id: 'e64eb26d6b92:42',
  at: '2026-11-20T17:42:21.247Z',
  username: 'omri',
  message: 'hi',
  server: 'parley-1',
};

type Headers = Record<string, string>;

function request(start: string, headers: Headers = {}, body = ''): SentRequest {
  const [method = '', target = ''] = start.split(' ');
  const entries = new Map(Object.entries(headers));
  return { method, target, headers: entries, body: Buffer.from(body), complete: true };
}

function response(status: number, body: unknown, headers: Headers = {}): SentResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const all = { ...HEADERS, ...JSON_TYPE, ...headers };
  return { status, headers: new Map(Object.entries(all)), body: Buffer.from(text), complete: true };
}

function problem(status: number, code: string, headers: Headers = {}): SentResponse {
  const body = { type: 'about:blank', title: 't', status, code, detail: 'd' };
  return response(status, body, { 'content-type': 'application/problem+json', ...headers });
}

const POST = request('POST /chat/lobby', JSON_TYPE, '{"username":"omri","message":"hi"}');
const READY = { status: 'ok' };

function faults(sent: SentRequest | undefined, answer: SentResponse): string[] {
  return exchangeFaults(contract, sent, answer);
}

test('a documented exchange has no faults', () => {
  assert.deepEqual(faults(POST, response(201, RECEIPT)), []);
  assert.deepEqual(
    faults(
      request('GET /api/chat/a'),
      response(200, '', { 'content-type': 'text/plain', 'cache-control': 'no-store' }),
    ),
    [],
  );
  assert.deepEqual(faults(request('GET /a/b/c'), problem(404, 'not-found')), []);
  assert.deepEqual(faults(undefined, problem(400, 'malformed-request')), []);
});

const WRONG_ANSWERS: [
  what: string,
  sent: SentRequest | undefined,
  answer: SentResponse,
  fault: RegExp,
][] = [
  [
    'a status that is not described',
    POST,
    response(203, RECEIPT),
    /-> 203: the status is not described/,
  ],
  [
    'a field that is not described',
    POST,
    response(201, { ...RECEIPT, extra: 1 }),
    /body:.*unevaluated properties \(extra\)/,
  ],
  [
    'a field deep inside',
    request('GET /chat'),
    response(
      200,
      { channels: [{ channel: 'a', epoch: 'e', head: 1, at: RECEIPT.at, x: 1 }], next: null },
      { 'cache-control': 'no-store' },
    ),
    /body: \/channels\/0.*\(x\)/,
  ],
  [
    'a field that is missing',
    POST,
    response(201, { ...RECEIPT, server: undefined }),
    /body:.*required property 'server'/,
  ],
  ['a field of another form', POST, response(201, { ...RECEIPT, at: 'yesterday' }), /body: \/at/],
  [
    'a header that is not described',
    POST,
    response(201, RECEIPT, { 'x-new': '1' }),
    /header x-new is not described/,
  ],
  [
    'a header that is missing',
    request('GET /chat/a/events'),
    response(200, { channel: 'a', epoch: null, head: 0, events: [], next: null }),
    /header cache-control is missing/,
  ],
  [
    'a header of another value',
    request('GET /healthz'),
    response(200, READY, { 'x-content-type-options': 'none' }),
    /header x-content-type-options/,
  ],
  [
    'another content type',
    request('GET /healthz'),
    response(200, READY, { 'content-type': 'text/html' }),
    /content type text\/html is not described/,
  ],
  [
    'a code under another status',
    request('GET /chat/a?x'),
    problem(400, 'not-found'),
    /body: \/code/,
  ],
  [
    'a code that the operation does not have',
    request('GET /chat/a'),
    problem(422, 'idempotency-mismatch'),
    /status is not described/,
  ],
  ['503 without Retry-After', POST, problem(503, 'overloaded'), /header retry-after is missing/],
  [
    'methods that do not exist',
    request('PUT /chat/a'),
    problem(405, 'method-not-allowed', { allow: 'GET, HEAD' }),
    /Allow is GET, HEAD, but DELETE, GET, HEAD, POST/,
  ],
  [
    'a path that is not described',
    request('GET /a/b/c'),
    response(200, READY),
    /-> 200: the status is not described/,
  ],
];

for (const [what, sent, answer, fault] of WRONG_ANSWERS) {
  test(`an answer with ${what} is found`, () =>
    assert.match(faults(sent, answer).join('\n'), fault));
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const VALID: SentRequest[] = [
  POST,
  request('POST /chat/a', FORM, 'username=+a+&msg=b%0D%0Ac'),
  request(
    'POST /chat/%F0%9D%94%B8?username=a',
    { 'content-type': 'text/plain;charset=UTF-8' },
    '😀'.repeat(4000),
  ),
];
const INVALID: [sent: SentRequest, fault: RegExp][] = [
  [request('POST /chat/.a', FORM, 'username=a&message=b'), /path channel/],
  [request('POST /chat/%ff', FORM, 'username=a&message=b'), /path channel/],
  [request('POST /chat/a', FORM, 'username=a'), /body/],
  [request('POST /chat/a', FORM, 'username=++&message=b'), /body: \/username/],
  [request('POST /chat/a', FORM, `username=${'a'.repeat(65)}&message=b`), /body: \/username/],
  [request('POST /chat/a', FORM, `username=a&message=${'a'.repeat(4001)}`), /body: \/message/],
  [request('POST /chat/a', FORM, 'username=a&message=%ff'), /body: URI malformed/],
  [request('POST /chat/a', JSON_TYPE, '{"username":"a","message":"\\u001b"}'), /body: \/message/],
  [request('POST /chat/a', JSON_TYPE, '{"username":"a","message":"\\ud800"}'), /body: \/message/],
  [request('POST /chat/a', { 'content-type': 'text/html' }, 'a'), /its type/],
  [
    request(
      'POST /chat/a',
      { ...JSON_TYPE, 'idempotency-key': 'a b' },
      '{"username":"a","message":"b"}',
    ),
    /header Idempotency-Key/,
  ],
];

test('a documented request must be accepted', () => {
  const refused = problem(400, 'invalid-message');
  for (const sent of VALID)
    assert.match(faults(sent, refused).join(), /refused as invalid-message, though/);
  for (const [sent] of INVALID) assert.deepEqual(faults(sent, refused), []);
  assert.deepEqual(faults(POST, problem(422, 'idempotency-mismatch')), []);
});

test('an undocumented request must not be accepted', () => {
  const accepted = response(201, RECEIPT);
  for (const sent of VALID) assert.deepEqual(faults(sent, accepted), []);
  for (const [sent, fault] of INVALID) {
    assert.match(faults(sent, accepted).join(), /accepted, though/);
    assert.match(faults(sent, accepted).join(), fault);
  }
});

const NDJSON = { 'content-type': 'application/x-ndjson' };
const LINE = '{"channel":"lobby","username":"omri","message":"hi","key":"k"}';
const STORED = JSON.stringify({ ...RECEIPT, status: 201 });
const REFUSED = JSON.stringify({
  type: 'about:blank',
  title: 't',
  status: 400,
  code: 'invalid-message',
  detail: 'd',
});

test('each line of a batch is compared with its answer', () => {
  const answered = (sent: string[], answers: string[]) =>
    faults(
      request('POST /chat', NDJSON, `${sent.join('\n')}\n`),
      response(200, `${answers.join('\n')}\n`, NDJSON),
    ).join();
  assert.equal(answered([LINE, '{"channel":"lobby"}', ''], [STORED, REFUSED, REFUSED]), '');
  assert.match(
    answered([LINE, LINE], [STORED, REFUSED]),
    /line 2: refused as invalid-message, though/,
  );
  assert.match(
    answered([LINE, '{"channel":"lobby"}'], [STORED, STORED]),
    /line 2: accepted, though/,
  );
  assert.match(answered([LINE, ''], [STORED, STORED]), /line 2: accepted, though/);
  assert.match(answered(['{"channel":"a","message":"b"}'], [STORED]), /no username/);
  assert.match(answered([LINE, LINE], [STORED]), /2 lines are answered by 1/);
  assert.match(answered([LINE], [JSON.stringify(RECEIPT)]), /body:/);
  assert.match(answered([LINE], [STORED.replace('"seq"', '"extra":1,"seq"')]), /body:/);
});
