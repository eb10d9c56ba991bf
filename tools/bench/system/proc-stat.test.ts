import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  cpuDuring,
  findInTree,
  peakRssBytes,
  resetPeakRss,
  tree,
  treeCpuUs,
  treeRssBytes,
} from './proc-stat.ts';

test('CPU time and memory of a process include its children', async () => {
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
    assert.equal(findInTree(pid, 'sleep'), tree(pid)[1]);
    assert.throws(() => findInTree(pid, 'no-such-program'), /no-such-program/);
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

test('cpuDuring counts the CPU time of each process during the work only', async () => {
  const spinner = spawn(process.execPath, [
    '-e',
    `process.stdin.on('data', () => {
       const begun = process.cpuUsage();
       let took;
       do took = process.cpuUsage(begun); while (took.user + took.system < 200_000);
       console.log('spun');
     })`,
  ]);
  const sleeper = spawn('sleep', ['30']);
  const spin = async () => {
    spinner.stdin.write('go');
    await once(spinner.stdout, 'data');
  };
  try {
    await spin();
    await spin();
    const pids = { spinner: spinner.pid ?? 0, sleeper: sleeper.pid ?? 0 };
    const cpu = await cpuDuring(pids, spin);
    assert.ok(
      cpu.spinner >= 180_000 && cpu.spinner < 390_000,
      `the spinner used ${cpu.spinner} us`,
    );
    assert.ok(cpu.sleeper <= 10_000, `the sleeper used ${cpu.sleeper} us`);
  } finally {
    for (const child of [spinner, sleeper]) child.kill('SIGKILL');
    await Promise.all([spinner, sleeper].map((child) => once(child, 'exit')));
  }
});
