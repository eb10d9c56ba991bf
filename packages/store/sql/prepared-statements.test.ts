import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PREPARE, PreparedStatements } from './prepared-statements.ts';

const open = () => new PreparedStatements(() => undefined);
const TEXT = `${PREPARE} SELECT 1`;

test('only a statement that asks for it is prepared, under a name that is made of its text', () => {
  const [one, other] = [open(), open()];
  assert.equal(one.find('SELECT 1'), undefined);
  const statement = one.find(TEXT);
  assert.match(String(statement?.name), /^parley_[0-9a-f]{32}$/);
  assert.deepEqual(other.find(TEXT), statement);
  assert.notEqual(other.find(`${PREPARE} SELECT 2`)?.name, statement?.name);
});

test('a statement is prepared anew after 4 uses, 16 more and 64 more', () => {
  const statements = open();
  const names = Array.from({ length: 100 }, () => statements.find(TEXT)?.name);
  const uses = [...Map.groupBy(names, (name) => name).values()].map(({ length }) => length);
  assert.deepEqual(uses, [4, 16, 64, 16]);
});
