import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerError } from '../request-json.ts';
import { hasSession } from './has-session.ts';

test('a renewal without an answer is repeated, one that is refused is not', async () => {
  const answers = [new TypeError('no network'), new AnswerError(404, {})];
  let failures = 0;
  const recover = async () => {
    throw answers.shift() ?? new Error('asked too often');
  };
  assert.equal(await hasSession(recover, { onFailure: () => failures++ }), false);
  assert.equal(failures, 1);
});

test('the repetition ends with its signal', async () => {
  const end = new AbortController();
  const recover = async () => {
    throw new TypeError('no network');
  };
  const onFailure = () => queueMicrotask(() => end.abort());
  assert.equal(await hasSession(recover, { signal: end.signal, onFailure }), false);
});
