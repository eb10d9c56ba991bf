import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  cpuDuring,
  peakRssBytes,
  resetPeakRss,
  tree,
  treeCpuUs,
  treeRssBytes,
} from './proc-stat.ts';

test('a process counts with its children, and its CPU and memory are seen', async () => {
  const parent = spawn(process.execPath, [
    '-e',
    `require('node:child_process').spawn('sleep', ['30']);
     while (process.cpuUsage().user < 200_000);
     console.log('spun'); setInterval(() => {}, 1000);`,
  ]);
  const pid = parent.pid ?? 0;
  try {
    await once(parent.stdout, 'data');
    assert.equal(tree(pid).length, 2);
    assert.ok(treeCpuUs(pid) >= 150_000);
    assert.ok(treeRssBytes(pid) > 20e6);
    resetPeakRss(pid);
    assert.ok(peakRssBytes(pid) > 20e6);
  } finally {
    for (const member of tree(pid)) process.kill(member, 'SIGKILL');
    await once(parent, 'exit');
  }
  assert.deepEqual(tree(pid), []);
});

test('each process pays for what it did meanwhile, and not for what it did before', async () => {
  const spin = (us: number) => {
    const begun = process.cpuUsage();
    while (process.cpuUsage(begun).user < us);
  };
  const sleeping = spawn('sleep', ['30']);
  try {
    spin(150_000);
    const pids = { spinning: process.pid, sleeping: sleeping.pid ?? 0 };
    const cpu = await cpuDuring(pids, async () => spin(100_000));
    assert.ok(cpu.spinning >= 80_000 && cpu.spinning < 150_000, `it took ${cpu.spinning} us`);
    assert.ok(cpu.sleeping <= 10_000, `asleep it took ${cpu.sleeping} us`);
  } finally {
    sleeping.kill('SIGKILL');
    await once(sleeping, 'exit');
  }
});
