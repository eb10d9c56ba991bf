import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { keysOf, readPublicKeys } from '@parley/kit/tokens/public-keys.ts';
import { openVerifier } from '@parley/kit/tokens/verifier.ts';
import { makeCertificate } from '@parley/testkit/credentials/certificates.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { writeSecrets } from '../../tools/secrets/write-secrets.ts';

test('secrets are made once, and a renewal changes only its own files, in place', async () => {
  await using folder = await temporaryFolder();
  const secrets = join(folder.path, 'secrets');
  const names = await writeSecrets(secrets, {});
  assert.deepEqual(await writeSecrets(secrets, {}), []);
  const before = await contents(secrets, names);
  // A container has mounted the original file, even if the name points to another file later.
  await using mounted = await open(join(secrets, 'edge.crt'));
  assert.deepEqual(await writeSecrets(secrets, { renew: ['edge'] }), ['edge.key', 'edge.crt']);
  const after = await contents(secrets, names);
  const changed = names.filter((_, i) => before[i] !== after[i]);
  assert.deepEqual(changed.sort(), ['edge.crt', 'edge.key']);
  assert.equal(await mounted.readFile('utf8'), after[names.indexOf('edge.crt')]);
});

test('only the owner can read the folder and the keys that no container needs; containers can read the rest', async () => {
  await using folder = await temporaryFolder();
  const secrets = join(folder.path, 'secrets');
  for (const name of await writeSecrets(secrets, {})) {
    const expected = ['ca.key', 'token_next.key'].includes(name) ? 0o600 : 0o644;
    assert.equal((await stat(join(secrets, name))).mode & 0o777, expected, name);
  }
  assert.equal((await stat(secrets)).mode & 0o777, 0o700);
});

test("the front door's certificate is from the authority and for the named hosts", async () => {
  await using folder = await temporaryFolder();
  await writeSecrets(folder.path, { hosts: { edge: ['chat.example.org', '192.0.2.7'] } });
  const [edge, ca] = (await contents(folder.path, ['edge.crt', 'ca.crt'])).map(
    (text) => new X509Certificate(text),
  );
  assert.ok(edge && ca && edge.verify(ca.publicKey));
  assert.equal(edge.checkHost('chat.example.org'), 'chat.example.org');
  assert.equal(edge.checkIP('192.0.2.7'), '192.0.2.7');
});

test('the front door keeps its hosts when renewed, and gets others when they are named', async () => {
  await using folder = await temporaryFolder();
  const hosts = async () => {
    const [text = ''] = await contents(folder.path, ['edge.crt']);
    return new X509Certificate(text).subjectAltName;
  };
  await writeSecrets(folder.path, {});
  assert.match((await hosts()) ?? '', /^DNS:localhost, IP Address:127\.0\.0\.1/);
  assert.deepEqual(await writeSecrets(folder.path, { hosts: { edge: ['chat.example.org'] } }), [
    'edge.key',
    'edge.crt',
  ]);
  assert.equal(await hosts(), 'DNS:chat.example.org');
  await writeSecrets(folder.path, { renew: ['edge'] });
  assert.equal(await hosts(), 'DNS:chat.example.org');
});

test('a new authority signs the certificates of the old one again', async () => {
  await using folder = await temporaryFolder();
  await writeSecrets(folder.path, {});
  await writeSecrets(folder.path, { renew: ['authority'] });
  const [ca, ...signed] = (await contents(folder.path, ['ca.crt', 'edge.crt', 'broker.crt'])).map(
    (text) => new X509Certificate(text),
  );
  assert.ok(signed.length === 2 && signed.every((one) => ca && one.verify(ca.publicKey)));
  assert.ok(signed.every((one) => ca && one.validToDate < ca.validToDate));
});

test('a new authority does not touch a certificate that was provided', async () => {
  await using folder = await temporaryFolder();
  const given = await makeCertificate('chat.example.org');
  await writeSecrets(folder.path, {});
  await writeFile(join(folder.path, 'edge.crt'), given.cert);
  const written = await writeSecrets(folder.path, { renew: ['authority'] });
  assert.deepEqual(written, ['ca.key', 'ca.crt', 'broker.key', 'broker.crt']);
});

test('the broker and the store have certificates for the named hosts, and keep them', async () => {
  await using folder = await temporaryFolder();
  const hosts = {
    broker: ['192.0.2.8', 'broker.example.org'],
    'store-tls': ['2001:db8::9', 'store.example.org'],
  } as const;
  await writeSecrets(folder.path, { hosts });
  for (const renew of [[], ['authority', 'mqtt', 'store']] as const) {
    await writeSecrets(folder.path, { renew });
    const [ca = '', broker = '', store = '', mqtt = '', database = ''] = await contents(
      folder.path,
      [...['ca.crt', 'broker.crt', 'store.crt'], ...['mqtt_url', 'store_url']],
    );
    const [key, ...signed] = [ca, broker, store].map((text) => new X509Certificate(text));
    assert.ok(signed.every((one) => key && one.verify(key.publicKey)));
    assert.deepEqual(
      signed.map((one) => one.subjectAltName),
      [
        'IP Address:192.0.2.8, DNS:broker.example.org',
        'IP Address:2001:DB8:0:0:0:0:0:9, DNS:store.example.org',
      ],
    );
    assert.match(mqtt, /^mqtts:\/\/parley:[\w-]{32}@192\.0\.2\.8:8883$/);
    assert.match(database, /^postgres:\/\/parley_[ab]:[\w-]{32}@\[2001:db8::9\]\/parley$/);
  }
});

test('a certificate for the store is made only on request', async () => {
  await using folder = await temporaryFolder();
  const names = await writeSecrets(folder.path, { renew: ['authority'] });
  assert.deepEqual(
    names.filter((name) => name.startsWith('store.')),
    [],
  );
  const made = await writeSecrets(folder.path, { renew: ['store-tls'] });
  assert.deepEqual(made, ['store.key', 'store.crt']);
});

test('an incomplete secret is made again', async () => {
  await using folder = await temporaryFolder();
  await writeSecrets(folder.path, {});
  await rm(join(folder.path, 'edge.crt'));
  assert.deepEqual(await writeSecrets(folder.path, {}), ['edge.key', 'edge.crt']);
});

test("a deployment that has only the bus's password and address keeps them", async () => {
  await using folder = await temporaryFolder();
  await writeSecrets(folder.path, {});
  await rm(join(folder.path, 'nats_user.conf'));
  assert.deepEqual(await writeSecrets(folder.path, {}), []);
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

test("without the authority's key nothing is signed, and the error names the key", async () => {
  await using folder = await temporaryFolder();
  await writeSecrets(folder.path, {});
  await rm(join(folder.path, 'ca.key'));
  await assert.rejects(writeSecrets(folder.path, { renew: ['edge'] }), /ca\.key.* is missing/);
});

function contents(folder: string, names: string[]): Promise<string[]> {
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
}

test('a new token key is published before it signs, and tokens of the previous key stay valid', async () => {
  await using folder = await temporaryFolder();
  await writeSecrets(folder.path, {});
  const [token = '', keys = ''] = await contents(folder.path, ['chat_token', 'token_keys']);
  await writeSecrets(folder.path, { renew: ['token'] });
  const [newToken = '', newKeys = ''] = await contents(folder.path, ['chat_token', 'token_keys']);
  assert.notEqual(token, newToken);
  for (const [shown, to] of [
    [token, keys],
    [newToken, keys],
    [token, newKeys],
    [newToken, newKeys],
  ] as const) {
    const verify = openVerifier(keysOf(readPublicKeys('TOKEN_KEYS_FILE', to)));
    assert.equal((await verify(shown)).sub, 'broadcast');
  }
  await writeSecrets(folder.path, { renew: ['token'] });
  const [latest = ''] = await contents(folder.path, ['token_keys']);
  const verify = openVerifier(keysOf(readPublicKeys('TOKEN_KEYS_FILE', latest)));
  await assert.rejects(verify(token), { code: 'invalid-token' });
});
