import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { pause } from '@parley/kit/repeat.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { type Running, startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { newAdministrator } from '../accounts/administrator.ts';
import { startFaultyReceiver } from './faulty-receiver.ts';

/** By hand: HOOKS_EVENTS=100000, which takes some minutes. */
const EVENTS = Number(process.env.HOOKS_EVENTS ?? 600);
const CHANNELS = 30;
const LONG = EVENTS > 10_000;
const FAULTS = LONG
  ? { worksMs: 4_000, faultMs: 700, takesMs: 0, most: 10_000 }
  : { worksMs: 150, faultMs: 50, takesMs: 5, most: 9 };
/** How long the service runs before it is killed. */
const RUNS_MS = LONG ? 15_000 : 500;
const KILLS = LONG ? 1_000 : 1;
const BATCH = 500;

test(`${EVENTS} events reach a receiver that fails, stalls and is killed, while the service is killed`, async (t) => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const env = {
    DATA_DIR: folder.path,
    PORT: String(await freePort()),
    HOOKS_ALLOW: '127.0.0.1',
  };
  let service: Running = await startBare('services/standalone', env);
  stack.defer(async () => void (await service.end('SIGKILL')));
  const { url } = service;
  const { browser } = await newAdministrator(url, folder.path);
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const receiver = stack.use(await startFaultyReceiver(secret, FAULTS));
  const hook = { url: receiver.url, channels: ['load.*'], secret };
  assert.equal((await browser.send('PUT', '/hooks/load', hook)).status, 201);

  const begun = performance.now();
  const isDone = new AbortController();
  let kills = 0;
  const killing = (async () => {
    while (kills < KILLS && !isDone.signal.aborted) {
      await pause(RUNS_MS, isDone.signal);
      if (isDone.signal.aborted) return;
      await service.end('SIGKILL');
      kills++;
      service = await startBare('services/standalone', env);
    }
  })();
  for (let sent = 0; sent < EVENTS; sent += BATCH) await postBatch(url, sent);

  const isWhole = () =>
    receiver.count() >= EVENTS && new Set(receiver.accepted().map(({ id }) => id)).size === EVENTS;
  await until('all events were accepted', isWhole, LONG ? 1_800_000 : 60_000);
  isDone.abort();
  await killing;
  await receiver.stop();

  const accepted = receiver.accepted();
  const first = new Map<string, number[]>();
  const seen = new Set<string>();
  for (const { id, channel, seq } of accepted) {
    if (!seen.has(id)) first.set(channel, [...(first.get(channel) ?? []), seq]);
    seen.add(id);
  }
  assert.equal(seen.size, EVENTS, 'none is missing, and each repeat has the id of its event');
  assert.equal(first.size, CHANNELS);
  for (const [channel, seqs] of first) {
    const inOrder = seqs.every((seq, i) => seq === i + 1);
    assert.ok(inOrder, `${channel} came in order`);
  }
  assert.ok(kills > 0 && receiver.faults() >= 3, `${kills} kills, ${receiver.faults()} faults`);
  const seconds = Math.round((performance.now() - begun) / 1000);
  t.diagnostic(
    `${EVENTS} events in ${seconds} s over ${kills} kills and ${receiver.faults()} faults; ${accepted.length - EVENTS} came again`,
  );
});

/** Posts a batch, again with the same keys until each line is answered. */
async function postBatch(url: string, from: number): Promise<void> {
  const lines = Array.from({ length: Math.min(BATCH, EVENTS - from) }, (_, i) => {
    const channel = `load.${(from + i) % CHANNELS}`;
    return JSON.stringify({
      channel,
      username: 'ada',
      message: `${from + i}`,
      key: `k${from + i}`,
    });
  });
  for (;;) {
    try {
      const response = await fetch(`${url}/chat`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-ndjson' },
        body: lines.join('\n'),
      });
      const answers = (await response.text()).trim().split('\n');
      const isStored = (answer: string) => [200, 201].includes(JSON.parse(answer).status);
      if (response.ok && answers.length === lines.length && answers.every(isStored)) return;
    } catch {
      // The service is down; the keys make another attempt safe.
    }
    await pause(50, new AbortController().signal);
  }
}
