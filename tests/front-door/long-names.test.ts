import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '@parley/client';
import { startFrontDoor } from '@parley/testkit/processes/front-door.ts';
import { LinkProxy } from '@parley/testkit/processes/link-proxy.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { EventSource } from 'eventsource';

/** 100 names of 64 letters, which are 768 bytes each in an address. */
const NAMES = Array.from({ length: 100 }, (_, i) => `${'𠀀'.repeat(61)}${100 + i}`);

for (const [way, source] of Object.entries({ fetch: undefined, EventSource })) {
  test(`by ${way}: 100 channels with the longest names pass nginx`, needs('nginx'), async () => {
    Object.assign(globalThis, { EventSource: source });
    await using folder = await temporaryFolder();
    const env = { DATA_DIR: folder.path, CANARY_SECONDS: '0' };
    await using parley = await start('services/standalone', env);
    const replicas = { addresses: ['127.0.0.1'], port: Number(new URL(parley.url).port) };
    await using door = await startFrontDoor({ chat: replicas, broadcast: replicas });
    await using link = await LinkProxy.open([Number(new URL(door.url).port)]);
    const client = connect(`https://localhost:${link.port}`);
    const seen = new Map<string, number[]>();
    for (const name of NAMES) {
      const seqs: number[] = [];
      seen.set(name, seqs);
      client.channel(name, { last: 10 }).on('*', ({ seq }) => seqs.push(seq));
    }
    const postToAll = async () => {
      const lines = NAMES.map((channel) =>
        JSON.stringify({ channel, username: 'a', message: 'x' }),
      );
      const headers = { 'Content-Type': 'application/x-ndjson' };
      const body = lines.join('\n');
      await (await fetch(`${parley.url}/chat`, { method: 'POST', headers, body })).text();
    };
    const haveAll = (count: number) =>
      until(`each has ${count}`, () => [...seen.values()].every(({ length }) => length >= count));
    await until('all have begun', () => client.state === 'live');
    await postToAll();
    await haveAll(1);
    link.cut();
    await postToAll();
    link.heal();
    await haveAll(2);
    await postToAll();
    await haveAll(3);
    client.close();
    for (const seqs of seen.values()) assert.deepEqual(seqs, [1, 2, 3]);
  });
}
