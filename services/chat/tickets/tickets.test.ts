import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { openLog } from '@parley/kit/log/log.ts';
import { EndedSessions } from '@parley/kit/tokens/ended-sessions.ts';
import { CURVE, openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { openStore } from '../store/open-store.ts';
import { Tickets } from './tickets.ts';

const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
const { privateKey } = generateKeyPairSync('ec', { namedCurve: CURVE });
const key = openSigningKey(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
const CLAIMS = { sub: 'ada', name: 'ada', publish: [], subscribe: ['**'], exp: 4_000_000_000 };

test('a process gives out a limited number of tickets between two removals', async () => {
  await using folder = await temporaryFolder();
  const storeUrl = `sqlite:${folder.path}/chat.db`;
  const tls = { storeCaFile: '', storeCertFile: '', storeKeyFile: '', storeConnections: 8 };
  await using store = await openStore({ ...tls, storeUrl }, log);
  let now = 1_000_000;
  const ended = new EndedSessions();
  const clock = () => now;
  const tickets = new Tickets({ store: store.tickets, key, ended, clock, log, issuedMax: 3 });

  const [first] = await Promise.all([1, 2, 3].map(() => tickets.issue(CLAIMS)));
  await assert.rejects(tickets.issue(CLAIMS), { code: 'overloaded' });
  assert.ok(await tickets.redeem(first?.ticket));
  await assert.rejects(tickets.issue(CLAIMS), { code: 'overloaded' });

  now += 60_000;
  assert.ok(await tickets.redeem((await tickets.issue(CLAIMS)).ticket));
});
