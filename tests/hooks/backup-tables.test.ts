import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TABLE_NAMES } from '@parley/chat/store/sql/table-names.ts';
import { postgresDialect } from '@parley/hooks/store/sql/postgres.ts';

test('every table of the hooks is in a backup', () => {
  const { migrations } = postgresDialect({
    url: 'postgres://host/name',
    tls: undefined,
    program: '',
    onError: () => undefined,
    onRefusedName: () => undefined,
  });
  const made = Object.values(migrations)
    .join('\n')
    .matchAll(/CREATE TABLE (\w+)/g);
  const names = [...made].map(([, name = '']) => name);
  assert.ok(names.includes('hook_position'));
  for (const name of names) assert.ok(TABLE_NAMES.includes(name), name);
});
