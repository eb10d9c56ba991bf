import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import type { Type } from 'protobufjs';
import { openDecode } from './decode.ts';
import { loadType } from './load-type.ts';
import { shortestFloat } from './shortest-float.ts';

const folder = await temporaryFolder();
after(() => folder[Symbol.asyncDispose]());
const given = new URL('../feeds/', import.meta.url).pathname;
const event = loadType(join(given, 'sport_event.proto'), 'event');
const execution = loadType(join(given, 'execution.proto'), 'execution');
let files = 0;

function load(text: string, name: string): Type {
  const file = join(folder.path, `${++files}.proto`);
  writeFileSync(file, text);
  return loadType(file, name);
}

const bytesOf = (type: Type, fields: object) => Buffer.from(type.encode(fields).finish());
const json = (type: Type, fields: object) => {
  const decoded = openDecode(type)(bytesOf(type, fields));
  return 'json' in decoded ? decoded.json : decoded;
};
const reason = (type: Type, bytes: Uint8Array) => {
  const decoded = openDecode(type)(bytes);
  return 'reason' in decoded ? decoded.reason : decoded.json;
};

const EXECUTION = {
  symbol: 'A',
  market: 'X',
  price: 1.1,
  quantity: 2,
  executionEpoch: '7',
  stateSymbol: 'S',
};
const EVENT = { sport: 7, match_title: 'a – b', data_event: '40:30' };

test('the two given types are read with the names of their fields and enums', () => {
  assert.equal(json(event, EVENT), '{"sport":"TENNIS","match_title":"a – b","data_event":"40:30"}');
  assert.equal(
    json(execution, EXECUTION),
    '{"symbol":"A","market":"X","price":1.1,"quantity":2,"executionEpoch":"7","stateSymbol":"S"}',
  );
});

test('64-bit integers keep every digit', () => {
  for (const executionEpoch of [
    '9223372036854775807',
    '-9223372036854775808',
    '9007199254740993',
  ]) {
    const text = String(json(execution, { ...EXECUTION, executionEpoch }));
    assert.equal(JSON.parse(text).executionEpoch, executionEpoch);
  }
});

test('every float is written with the fewest digits that read back as the same float', () => {
  const cases: [number, string][] = [
    ...([
      [1.1, '1.1'],
      [16777216, '16777216'],
      [-0, '-0'],
      [1e-45, '1e-45'],
      [3.4028234663852886e38, '3.4028235e+38'],
    ] as const),
    ...([
      [NaN, '"NaN"'],
      [Infinity, '"Infinity"'],
      [-Infinity, '"-Infinity"'],
    ] as const),
  ].map(([x, text]) => [x, text]);
  for (const [price, text] of cases) {
    assert.match(
      String(json(execution, { ...EXECUTION, price })),
      new RegExp(`"price":${text.replace('+', '\\+')},`),
    );
  }
  const view = new DataView(new ArrayBuffer(4));
  for (let i = 0; i < 200_000; i++) {
    view.setUint32(0, (i * 2_654_435_761) >>> 0);
    const float = view.getFloat32(0);
    if (!Number.isFinite(float)) continue;
    assert.equal(Math.fround(shortestFloat(float)), float);
    assert.ok(String(shortestFloat(float)).replace(/e.*|[-.]/g, '').length <= 309);
  }
});

test('bytes that are cut short, empty, of another type or of no type are undecodable, with the reason', () => {
  const whole = bytesOf(event, EVENT);
  assert.match(reason(event, Buffer.alloc(0)), /missing required 'sport'/);
  for (let length = 1; length < whole.length; length++) {
    assert.match(reason(event, whole.subarray(0, length)), /missing required|index out of range/);
  }
  assert.match(reason(event, bytesOf(execution, EXECUTION)), /missing required 'sport'/);
  assert.match(reason(execution, whole), /missing required 'symbol'/);
  assert.match(reason(event, Buffer.from('{"sport":"TENNIS"}')), /./);
  const loose = load('syntax = "proto2"; message loose { optional string a = 1; }', 'loose');
  assert.match(reason(loose, Buffer.from([0x08, 0x01])), /no field of loose/);
  assert.equal(json(loose, {}), '{}');
});

test('an unknown enum value counts as a missing required field', () => {
  assert.match(reason(event, bytesOf(event, { ...EVENT, sport: 8 })), /missing required 'sport'/);
});

test('text that is not UTF-8 is undecodable', () => {
  const whole = bytesOf(event, { ...EVENT, match_title: 'ab' });
  whole[whole.indexOf('ab')] = 0xff;
  assert.match(reason(event, whole), /utf-?8|UTF-?8/i);
});

test('fields that the file does not name are ignored', () => {
  const more = Buffer.concat([bytesOf(event, EVENT), Buffer.from([0x7a, 0x01, 0x41])]);
  assert.equal(reason(event, more), json(event, EVENT));
});

test('nested, repeated and mapped fields, bytes and doubles are JSON too', () => {
  const type = load(
    `syntax = "proto2"; package deep.er;
     message tree { optional string name = 1; repeated tree child = 2; map<int64, double> weight = 3;
       optional bytes raw = 4; repeated fixed64 big = 5 [packed = true]; optional int32 __proto__ = 6; }`,
    'deep.er.tree',
  );
  const fields = {
    name: 'a\u0000"\u2028',
    child: [{ name: 'b' }, {}],
    raw: Buffer.from([0, 255]),
    big: ['18446744073709551615', 1],
  };
  assert.equal(
    json(type, fields),
    String.raw`{"name":"a\u0000\"` +
      '\u2028","child":[{"name":"b"},{}],"raw":"AP8=","big":["18446744073709551615","1"]}',
  );
  const mapped = Buffer.concat([
    Buffer.from([0x1a, 20, 0x08]),
    Buffer.from('ffffffffffffffffff01', 'hex'),
    Buffer.from([0x11]),
    Buffer.from(new Float64Array([-0.5]).buffer),
  ]);
  assert.equal(reason(type, mapped), '{"weight":{"-1":-0.5}}');
});

test('bytes that would become far too much JSON are undecodable', () => {
  const type = load(
    'syntax = "proto2"; enum long { A_VERY_LONG_NAME_INDEED_FOR_A_VALUE = 0; } message many { repeated long v = 1 [packed = true]; }',
    'many',
  );
  assert.match(
    reason(type, bytesOf(type, { v: Array(1_000_000).fill(0) })),
    /characters of JSON, more than/,
  );
});

test('the error names a file that does not parse or lacks the type', () => {
  for (const [text, what] of [
    ['syntax = "proto2"; message a { required', /\d+\.proto: illegal end/],
    ['syntax = "proto2"; message a { required strin x = 1; }', /no such Type or Enum 'strin'/],
    ['syntax = "proto2"; enum a { X = 1; }', /it has no message type "a"/],
    ['syntax = "proto2"; message b { }', /it has no message type "a"/],
  ] as const) {
    assert.throws(
      () => load(text, 'a'),
      (error: Error) => {
        assert.equal(error.name, 'SettingsError');
        assert.match(error.message, what);
        assert.match(error.message, /^FEEDS_FILE: .*\.proto: /);
        return true;
      },
    );
  }
});
