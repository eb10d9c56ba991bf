import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInboxDraft } from './inbox.ts';

test('a delivery must be a word, since not every store could keep another text as a key', () => {
  for (const delivery of ['\0', '\ud800', 'a b', 'é', '', 'x'.repeat(129), 7, null]) {
    const draft = parseInboxDraft(Buffer.from(JSON.stringify({ message: 'hi', delivery })));
    assert.equal(draft.delivery, undefined);
    assert.equal(draft.draft().message, 'hi');
  }
  const delivery = '1d0c7a8e-6a1b-4c0e-9a53-0d3a1c0f5b77';
  assert.equal(parseInboxDraft(Buffer.from(JSON.stringify({ delivery }))).delivery, delivery);
});
