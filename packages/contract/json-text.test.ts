import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeWithData, nestingOf, parseKeepingData } from './json-text.ts';

const KEPT: [what: string, json: string, data: string | undefined][] = [
  ['an object with its keys in order', '{"data":{"2":1,"1":2,"b":3}}', '{"2":1,"1":2,"b":3}'],
  ['a long number', '{"data":12345678901234567890}', '12345678901234567890'],
  ['a number with zeros', '{"data":1.500e+07}', '1.500e+07'],
  ['a text with its escapes', String.raw`{"data":"\u00e9\"}\\"}`, String.raw`"\u00e9\"}\\"`],
  ['half a surrogate pair', String.raw`{"data":"\ud800"}`, String.raw`"\ud800"`],
  ['an array with brackets in texts', '{"data":["]",[],"}{"],"a":1}', '["]",[],"}{"]'],
  [
    'white space only inside texts',
    '{ "data" :\n[ 1 ,\t"a b" , { "c" : null } ]\r\n}',
    '[1,"a b",{"c":null}]',
  ],
  ['a field with the same name inside', '{"data":{"data":{"data":1}}}', '{"data":{"data":1}}'],
  ['the last of two', '{"data":1,"data":[2]}', '[2]'],
  ['a name with escapes', String.raw`{"d\u0061ta":{"x":1}}`, '{"x":1}'],
  ['null', '{"data":null}', 'null'],
  ['an empty text', '{"data":""}', '""'],
  ['nothing, where only a text is data', '{"a":"data","b":["data"]}', undefined],
  ['nothing, where a name has an escape', String.raw`{"d\u0061ty":{"x":1}}`, undefined],
];

for (const [what, json, data] of KEPT) {
  test(`data is kept as written: ${what}`, () => {
    const { data: kept, ...rest } = parseKeepingData(json) as Record<string, unknown>;
    assert.equal(kept, data);
    const { data: _, ...others } = JSON.parse(json);
    assert.deepEqual(rest, others);
  });
}

test('the data of objects within an array is kept', () => {
  const parsed = parseKeepingData(
    '{"events":[{"seq":1,"data":{"1":1}},{"seq":2},{"data":[1 , 2]}]}',
  );
  assert.deepEqual(parsed, {
    events: [{ seq: 1, data: '{"1":1}' }, { seq: 2 }, { data: '[1,2]' }],
  });
});

test('text that is not JSON is refused', () => {
  for (const text of ['', '{"data":}', '{"data":1', '{"data":{]}', '{"data":01}', "{'data':1}"]) {
    assert.throws(() => parseKeepingData(text), SyntaxError);
  }
});

test('data is written as the last field, as it is', () => {
  assert.equal(encodeWithData({ data: '{"2":1,"1":2}', a: 1 }), '{"a":1,"data":{"2":1,"1":2}}');
  assert.equal(encodeWithData({ data: '7' }), '{"data":7}');
  assert.equal(encodeWithData({ a: 1, data: undefined }), '{"a":1}');
});

test('nesting counts arrays and objects, not brackets in texts', () => {
  const nestings: [string, number][] = [
    ['1', 0],
    ['"[[["', 0],
    ['[]', 1],
    ['[[],{"a":[1]}]', 3],
    [`${'['.repeat(30_000)}${']'.repeat(30_000)}`, 30_000],
  ];
  for (const [json, depth] of nestings) assert.equal(nestingOf(json), depth);
});
