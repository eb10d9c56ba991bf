import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readyText } from './ready-text.ts';

const url = 'http://127.0.0.1:8080';

test('the start prints the address for this machine, and says what it cannot know of others', () => {
  const alone = readyText({ host: '127.0.0.1', publicUrl: '' }, url);
  assert.equal(alone, `Parley is ready: open ${url}`);
  for (const host of ['0.0.0.0', '::'])
    assert.match(
      readyText({ host, publicUrl: '' }, url),
      /8080 on this machine; others .*PUBLIC_URL/,
    );
});

test('PUBLIC_URL is the address that the start prints', () => {
  const publicUrl = 'https://chat.example.org';
  const text = readyText({ host: '0.0.0.0', publicUrl }, url);
  assert.equal(text, 'Parley is ready: open https://chat.example.org');
});
