import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { fillSmall } from './fill-small.ts';

const text = readFileSync(new URL('../../infra/compose/small.yml', import.meta.url), 'utf8');

test('small.yml of a release names the published image and builds nothing', () => {
  const filled = parse(fillSmall(text, 'ada', '1.2.3'));
  const expected = parse(text);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of compose
  const image = 'ghcr.io/ada/parley:${PARLEY_VERSION:-1.2.3}';
  expected.services.parley.image = image;
  expected.services.backup.image = image;
  delete expected.services.parley.build;
  assert.deepEqual(filled, expected);
  assert.throws(() => fillSmall('services: {}', 'ada', '1.2.3'), /another form/);
});
