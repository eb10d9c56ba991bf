import assert from 'node:assert/strict';
import { pbkdf2Sync } from 'node:crypto';
import { test } from 'node:test';
import { encodeAcl } from './acl.ts';
import { parseMosquittoOptions } from './options.ts';
import { encodePasswd } from './passwd.ts';

test('the acl file has lines for guests only when guests are allowed', () => {
  const parts = 'user parley\ntopic read #\ntopic write #\n\npattern read chat/errors/%c\n';
  assert.equal(encodeAcl({ guests: false }), parts);
  assert.equal(
    encodeAcl({ guests: true }),
    `topic read chat/events/#\ntopic read chat/signals/#\ntopic read chat/presence/#\ntopic write chat/inbox/+\n\n${parts}`,
  );
});

test('a password is written as a hash, with a new salt each time', () => {
  const [line, again] = [encodePasswd('pass:wörd'), encodePasswd('pass:wörd')];
  const [, iterations, salt = '', hash] =
    /^parley:\$7\$(\d+)\$([^$]+)\$([^$]+)\n$/.exec(line) ?? [];
  const expected = pbkdf2Sync(
    'pass:wörd',
    Buffer.from(salt, 'base64'),
    Number(iterations),
    64,
    'sha512',
  );
  assert.equal(hash, expected.toString('base64'));
  assert.notEqual(line, again);
});

test('the command takes one folder, and refuses other arguments', () => {
  assert.deepEqual(parseMosquittoOptions(['made', '--guests', '--user', 'mosquitto']), {
    folder: 'made',
    guests: true,
    user: 'mosquitto',
    help: false,
  });
  assert.throws(() => parseMosquittoOptions([]), /name one folder/);
  assert.throws(() => parseMosquittoOptions(['one', 'two']), /name one folder/);
  assert.throws(() => parseMosquittoOptions(['one', '--guest']), /--guest/);
  assert.equal(parseMosquittoOptions(['--help']).help, true);
});
