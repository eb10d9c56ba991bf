import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { Documents } from '@parley/testkit/wire/documents.ts';
import { HttpContract } from '@parley/testkit/wire/http-contract.ts';

const stack = new AsyncDisposableStack();
let parley: Running;

before(async () => {
  const folder = stack.use(await temporaryFolder());
  parley = stack.use(await start('services/standalone', { DATA_DIR: folder.path }));
});
after(() => stack.disposeAsync());

const documents = new Documents();
const contract = new HttpContract(documents);
const paths = documents
  .entries(documents.find('openapi.yaml', 'paths'))
  .map(([path]) => path.replace('{seq}', '1').replace(/\{\w+\}/g, 'methods'));
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

test('every path answers OPTIONS and other methods with its documented methods', async () => {
  assert.ok(paths.length > 20);
  for (const path of paths) {
    const { methods } = contract.match('OPTIONS', path);
    const answerOf = async (method: string) => {
      const response = await fetch(parley.url + path, { method });
      await response.body?.cancel();
      const allow = response.headers.get('allow')?.split(', ').sort();
      return [response.status, allow];
    };
    const described = [...methods].sort();
    assert.deepEqual(await answerOf('OPTIONS'), [204, described], path);
    for (const method of METHODS.filter((one) => !methods.includes(one)))
      assert.deepEqual(await answerOf(method), [405, described], `${method} ${path}`);
  }
});

test('an undocumented path is 404 with every method', async () => {
  for (const method of ['OPTIONS', ...METHODS])
    assert.equal((await fetch(`${parley.url}/a/b/c`, { method })).status, 404, method);
});

test('all traffic matched the API documents', async () => {
  assert.equal(await parley.end('SIGTERM'), 0);
});
