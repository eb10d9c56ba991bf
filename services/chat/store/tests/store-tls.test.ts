import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openLog } from '@parley/kit/log/log.ts';
import {
  type DatabaseServer,
  startMariaDb,
  startPostgres,
} from '@parley/testkit/databases/databases.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import {
  type Certificate,
  issueCertificate,
  makeAuthority,
} from '../../../../tools/secrets/certificates.ts';
import { openStore } from '../open-store.ts';
import type { Store } from '../store.ts';

const SERVERS = { postgresql: startPostgres, mariadb: startMariaDb };
const AT = Date.UTC(2018, 1, 25);

const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());
const folder = stack.use(await temporaryFolder()).path;
const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
const [ours, others] = [await makeAuthority('Ours'), await makeAuthority('Others')];
const localhost = await issueCertificate(ours, { name: 'server', use: { server: ['localhost'] } });
const elsewhere = await issueCertificate(ours, { name: 'server', use: { server: ['elsewhere'] } });

const storeCaFile = await file('ca.crt', ours.cert);
const othersCaFile = await file('others.crt', others.cert);
const member = await clientFiles('member', ours);
const stranger = await clientFiles('stranger', others);
const NO_CERTIFICATE = { storeCertFile: '', storeKeyFile: '' };

for (const kind of ['postgresql', 'mariadb'] as const) {
  let database: DatabaseServer;
  let storeUrl: string;

  const open = (more: Partial<Parameters<typeof openStore>[0]> = {}): Promise<Store> =>
    openStore({ storeUrl, storeCaFile, ...member, storeConnections: 2, ...more }, log);

  test(
    `${kind}: with authority, certificate and key the store opens and stores events`,
    needs(kind),
    async () => {
      const tls = { ...localhost, clientCa: ours.cert };
      database = stack.use(await SERVERS[kind]({ tls }));
      storeUrl = await database.create('parley');
      await using store = await open();
      const common = { kind: 'message', channel: 'tls', username: 'ada', author: null } as const;
      const draft = { ...common, message: 'hi', server: 'chat-1', at: AT };
      assert.equal((await store.append([draft]))[0]?.outcome, 'stored');
    },
  );

  test(`${kind}: files that do not fit are refused, with one clear line`, needs(kind), async () => {
    await refused(open({ storeCaFile: othersCaFile }), /certificate/);
    await refused(open({ storeCaFile: '', ...NO_CERTIFICATE }), /no encryption|Access denied/);
    await refused(open(NO_CERTIFICATE), /client certificate|Access denied/);
    await refused(open(stranger), /unknown ca/);
    await refused(open({ storeKeyFile: stranger.storeKeyFile }), /key values mismatch/);
    await refused(open({ storeKeyFile: '' }), /set both, or neither/, 'SettingsError');
    await refused(
      open({ storeCertFile: '/nowhere' }),
      /STORE_CERT_FILE: .*ENOENT/,
      'SettingsError',
    );
  });

  test(`${kind}: a certificate for another name or address is refused`, needs(kind), async () => {
    const url = new URL(storeUrl);
    url.hostname = '127.0.0.1';
    await refused(open({ storeUrl: url.href }), /does not match|use the host name/);
    await using other = await SERVERS[kind]({ tls: elsewhere });
    const otherUrl = await other.create('parley');
    await refused(open({ storeUrl: otherUrl }), /does not match/);
  });
}

test(
  'postgresql: TLS parameters of the address do not override the files',
  needs('postgresql'),
  async () => {
    await using server = await startPostgres({ tls: localhost });
    const storeUrl = `${await server.create('parley')}?sslmode=disable`;
    const config = { storeUrl, storeCaFile, ...NO_CERTIFICATE, storeConnections: 2 };
    await using store = await openStore(config, log);
    await store.check();
  },
);

async function refused(opening: Promise<Store>, message: RegExp, name = 'StartError') {
  await assert.rejects(opening, (error: Error) => {
    assert.equal(error.name, name);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });
}

async function clientFiles(name: string, authority: Certificate) {
  const { cert, key } = await issueCertificate(authority, { name, use: 'client' });
  return {
    storeCertFile: await file(`${name}.crt`, cert),
    storeKeyFile: await file(`${name}.key`, key),
  };
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}
