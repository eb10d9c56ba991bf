import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameHue, nameInitial } from './name-hue.ts';

test('names are spread over all eight colours, and each name keeps its colour', () => {
  const names = Array.from({ length: 200 }, (_, index) => `name ${index}`);
  const hues = names.map(nameHue);
  assert.deepEqual([...new Set(hues)].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(names.map(nameHue), hues);
});

test('an initial is a whole letter as readers see it', () => {
  const names = ['émile', 'e\u0301mile', '👩‍🚀 ada', ''];
  assert.deepEqual(names.map(nameInitial), ['É', 'E\u0301', '👩‍🚀', '']);
});
