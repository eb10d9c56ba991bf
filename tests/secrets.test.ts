import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeSecrets } from '../scripts/secrets/write-secrets.ts';
import { temporaryFolder } from './temporary-folder.ts';

test('secrets are made once; a renewed one changes in place, and nothing else does', async () => {
  await using folder = await temporaryFolder();
  const secrets = join(folder.path, 'secrets');
  const names = await writeSecrets(secrets, {});
  assert.deepEqual(await writeSecrets(secrets, {}), []);
  const before = await contents(secrets, names);
  // What a container has mounted is the file that was there, whatever its name leads to later.
  await using mounted = await open(join(secrets, 'edge.crt'));
  assert.deepEqual(await writeSecrets(secrets, { renew: ['edge'] }), ['edge.crt', 'edge.key']);
  const after = await contents(secrets, names);
  const changed = names.filter((_, i) => before[i] !== after[i]);
  assert.deepEqual(changed, ['edge.crt', 'edge.key']);
  assert.equal(await mounted.readFile('utf8'), after[names.indexOf('edge.crt')]);
});

test("the folder and the authority's key are for their owner alone; containers can read the rest", async () => {
  await using folder = await temporaryFolder();
  const secrets = join(folder.path, 'secrets');
  for (const name of await writeSecrets(secrets, {})) {
    const expected = name === 'ca.key' ? 0o600 : 0o644;
    assert.equal((await stat(join(secrets, name))).mode & 0o777, expected, name);
  }
  assert.equal((await stat(secrets)).mode & 0o777, 0o700);
});

test('the front door has a certificate of the authority for the hosts that were named', async () => {
  await using folder = await temporaryFolder();
  await writeSecrets(folder.path, { hosts: ['chat.example.org', '192.0.2.7'] });
  const [edge, ca] = (await contents(folder.path, ['edge.crt', 'ca.crt'])).map(
    (text) => new X509Certificate(text),
  );
  assert.ok(edge && ca && edge.verify(ca.publicKey));
  assert.equal(edge.checkHost('chat.example.org'), 'chat.example.org');
  assert.equal(edge.checkIP('192.0.2.7'), '192.0.2.7');
});

test('the logins of the store take turns', async () => {
  await using folder = await temporaryFolder();
  const logins: string[] = [];
  for (let i = 0; i < 3; i++) {
    await writeSecrets(folder.path, { renew: ['store'] });
    logins.push(new URL(await readFile(join(folder.path, 'store_url'), 'utf8')).username);
  }
  assert.deepEqual(logins, ['parley_a', 'parley_b', 'parley_a']);
});

test("without the authority's key nothing is signed, and it says so", async () => {
  await using folder = await temporaryFolder();
  await writeSecrets(folder.path, {});
  await rm(join(folder.path, 'ca.key'));
  await assert.rejects(writeSecrets(folder.path, { renew: ['edge'] }), /ca\.key.* is away/);
});

function contents(folder: string, names: string[]): Promise<string[]> {
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
}
