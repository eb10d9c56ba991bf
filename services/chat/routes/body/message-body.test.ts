import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMessageBody } from './message-body.ts';

const FORM = 'application/x-www-form-urlencoded';

function parse(type: string | undefined, body: string | Buffer, query: object = {}, name?: string) {
  const headers = type === undefined ? {} : { 'content-type': type };
  return parseMessageBody(Buffer.from(body as string), headers, { query, name });
}

const SAID = { username: 'omri', message: 'hi' };

for (const type of [
  FORM,
  `${FORM}; charset=UTF-8`,
  FORM.toUpperCase(),
  `${FORM} ;charset="utf-8"`,
]) {
  test(`${type} is a form`, () => {
    assert.deepEqual(parse(type, 'username=omri&message=hi'), SAID);
  });
}

for (const type of ['application/json', 'Application/JSON;charset=utf8']) {
  test(`${type} is JSON`, () => {
    assert.deepEqual(parse(type, JSON.stringify(SAID)), SAID);
  });
}

test('plain text is the message, and the name comes from the query', () => {
  const query = { username: 'omri', message: 'not this' };
  assert.deepEqual(parse('text/plain', 'a=1&b=%20+\r\n', query), {
    username: 'omri',
    message: 'a=1&b=%20+\r\n',
  });
});

test('only plain text takes its name from the query', () => {
  const query = { username: 'omri', message: 'ho' };
  assert.deepEqual(parse(FORM, 'msg=hi', query), { username: undefined, message: 'hi' });
  assert.equal(parse('application/json', '{}', query).username, undefined);
});

test('msg is accepted in place of message, and message wins when both are given', () => {
  assert.equal(parse(FORM, 'username=u&msg=hi').message, 'hi');
  assert.equal(parse(FORM, 'msg=b&username=u&message=a').message, 'a');
  assert.equal(parse('application/json', '{"username": "u", "msg": "hi"}').message, 'hi');
});

for (const type of [
  undefined,
  '',
  'multipart/form-data; boundary=x',
  'application/xml',
  'text/plainer',
]) {
  test(`${type ?? 'no type'} is refused with 415`, () => {
    assert.throws(() => parse(type, 'username=omri&message=hi'), {
      code: 'unsupported-media-type',
      status: 415,
    });
  });
}

test('another charset is refused before the body is read', () => {
  for (const charset of ['iso-8859-1', 'utf-16', '"windows-1252"']) {
    assert.throws(() => parse(`text/plain; charset=${charset}`, 'hi'), {
      code: 'unsupported-media-type',
      message: /UTF-8/,
    });
  }
});

test('bytes that are not UTF-8 are refused for every type', () => {
  const body = Buffer.from([0x61, 0x3d, 0xe9]);
  for (const type of [FORM, 'application/json', 'text/plain']) {
    assert.throws(() => parse(type, body), { code: 'invalid-encoding' });
  }
});

const FORMS: [what: string, encoded: string, message: string][] = [
  ['a plus is a space', 'a+b++c', 'a b  c'],
  ['an encoded plus is a plus', '1%2B1', '1+1'],
  ['a percent sign and an ampersand are encoded', '100%25+%26+more', '100% & more'],
  ['the text after the first = is the value', 'a=b=c', 'a=b=c'],
  ["a browser's line breaks are newlines", 'a%0D%0Ab\r\nc', 'a\nb\nc'],
  ['a carriage return alone is a newline', 'a%0Db', 'a\nb'],
  ['percent-encoding is UTF-8', '%F0%9F%98%80+%c3%a9', '😀 é'],
  ['text that is not encoded is accepted, too', '日本', '日本'],
  ['an empty value is empty text', '', ''],
  ['a semicolon is text', 'a;b', 'a;b'],
];

for (const [what, encoded, message] of FORMS) {
  test(`in a form, ${what}`, () => {
    assert.deepEqual(parse(FORM, `username=u&message=${encoded}`), { username: 'u', message });
  });
}

test('names of form fields are decoded too', () => {
  assert.equal(parse(FORM, 'user%6Eame=u&message=hi').username, 'u');
});

test('of two fields with the same name the last one counts', () => {
  assert.equal(parse(FORM, 'message=one&username=u&message=two').message, 'two');
});

test('broken percent-encoding is refused, never guessed', () => {
  for (const broken of ['%', '%4', '%zz', '%E9', '%C3%28']) {
    assert.throws(() => parse(FORM, `username=u&message=${broken}`), { code: 'invalid-encoding' });
  }
});

test('a field that a form does not contain is undefined, also in an empty or a hostile form', () => {
  assert.deepEqual(parse(FORM, ''), { username: undefined, message: undefined });
  assert.deepEqual(parse(FORM, '__proto__=x&constructor=y&&=z'), {
    username: undefined,
    message: undefined,
  });
});

test('JSON that is broken or not an object is refused', () => {
  for (const body of ['', '{', 'null', '"text"', '7', '[{"username": "u"}]']) {
    assert.throws(() => parse('application/json', body), { code: 'malformed-json' });
  }
});

test('JSON fields are returned unchanged, for the contract to check', () => {
  assert.deepEqual(parse('application/json', '{"username": 7, "message": {"a": 1}}'), {
    username: 7,
    message: { a: 1 },
  });
});

const BARE = ['disk full', '100% + 1%20', 'a & b', 'é😀', 'message', 'two\nlines', '-> [x]', ' '];

for (const text of BARE) {
  test(`a form without a field is the message, exactly as sent: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parse(FORM, text), { username: 'guest', message: text });
    const query = { username: 'not this' };
    assert.deepEqual(parse(FORM, text, query, 'ada'), { username: 'ada', message: text });
  });
}

test('a body with a =, or that looks like JSON, is not the message itself', () => {
  assert.deepEqual(parse(FORM, 'load=7'), { username: undefined, message: undefined });
  for (const body of ['{"username":"a"}', ' [1]', '[disk] full']) {
    assert.throws(() => parse(FORM, body), { code: 'unsupported-media-type', message: /JSON/ });
  }
  assert.throws(() => parse(FORM, Buffer.from([0x61, 0xe9])), { code: 'invalid-encoding' });
});

test('a byte order mark is not part of the text', () => {
  assert.equal(parse('text/plain', '\ufeffhi').message, 'hi');
  assert.deepEqual(parse('application/json', `\ufeff${JSON.stringify(SAID)}`), SAID);
});
