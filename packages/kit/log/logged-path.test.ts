import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loggedPath } from './logged-path.ts';

test('a logged path has no query and no secret of a hook', () => {
  for (const [url, path] of [
    ['/chat/lobby?ticket=x', '/chat/lobby'],
    ['/hooks/in/ci', '/hooks/in/ci'],
    ['/hooks/in/ci/secret', '/hooks/in/ci/…'],
    ['/hooks/in/ci/secret/more?x=secret', '/hooks/in/ci/…'],
    ['//HOOKS/in//ci/secret', '//HOOKS/in//ci/…'],
    ['', ''],
  ])
    assert.equal(loggedPath(url ?? ''), path);
});
