import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ChatError,
  encodeProblem,
  PROBLEM_STATUS,
  type ProblemCode,
  parseProblem,
} from './problem.ts';

const CODES = Object.keys(PROBLEM_STATUS) as ProblemCode[];

test("a problem document has the code, the status, what to do, and the request's id", () => {
  assert.deepEqual(encodeProblem(new ChatError('not-found', 'Nothing here.'), 'r-1'), {
    type: 'about:blank',
    title: 'not found',
    status: 404,
    code: 'not-found',
    detail: 'Nothing here.',
    instance: 'r-1',
  });
});

test('a problem without a request has no instance', () => {
  assert.ok(!('instance' in encodeProblem(new ChatError('not-found', 'Nothing here.'))));
});

test('a problem of a renamed channel has its name now, and keeps it when it is passed on', () => {
  const error = new ChatError('renamed', 'Use that name.', { channel: 'Küche' });
  assert.equal(error.location, '/chat/K%C3%BCche');
  const document = JSON.parse(JSON.stringify(encodeProblem(error)));
  assert.equal(document.channel, 'Küche');
  assert.equal(parseProblem(document).channel, 'Küche');
  assert.equal(parseProblem({ ...document, channel: 7 }).location, undefined);
});

test('the cause of an error is not in its problem document', () => {
  const error = new ChatError('store-unavailable', 'Send it again.', { cause: 'the password' });
  assert.equal(error.cause, 'the password');
  assert.doesNotMatch(JSON.stringify(encodeProblem(error)), /password/);
});

test('only temporary problems ask the client to try again', () => {
  const passing = CODES.filter((code) => new ChatError(code, '').retryAfterSeconds !== undefined);
  assert.deepEqual(passing, [
    'overloaded',
    'store-unavailable',
    'keys-unavailable',
    'provider-unavailable',
  ]);
  assert.equal(new ChatError('overloaded', '').retryAfterSeconds, 1);
});
