import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { bundleClient } from './bundle.ts';

/** The Node of the system, where it is the oldest one that the client is for. */
const NODE = '/usr/bin/node';
const { stdout } = spawnSync(NODE, ['--version'], { encoding: 'utf8' });
const skip = String(stdout).startsWith('v20.') ? false : `${NODE} is not Node 20`;

const PROGRAM = `
import { connect } from './client.mjs';
const client = connect(process.argv[2], { username: 'ada' });
const lobby = client.channel('lobby');
lobby.send('hi');
for await (const { username, message } of lobby) {
  console.log(process.version.slice(0, 4), username, message);
  client.close();
}
`;

test('the client runs in Node 20', { skip }, async () => {
  await using folder = await temporaryFolder();
  await using parley = await start('services/standalone', {
    DATA_DIR: folder.path,
    CANARY_SECONDS: '0',
  });
  writeFileSync(`${folder.path}/client.mjs`, await bundleClient());
  writeFileSync(`${folder.path}/program.mjs`, PROGRAM);
  const program = [`${folder.path}/program.mjs`, parley.url];
  const written = await promisify(execFile)(NODE, program, { timeout: 20_000 });
  assert.deepEqual(written, { stdout: 'v20. ada hi\n', stderr: '' });
});
