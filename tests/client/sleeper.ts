import { readFileSync } from 'node:fs';
import { connect } from '@parley/client';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';

/** Reads channels with tokens of 4 s; writes the states, `token` for each token, and what arrives. */
const [url = '', keyFile = '', ...channels] = process.argv.slice(2);
const key = openSigningKey(readFileSync(keyFile, 'utf8'));
const token = async () => {
  console.log('token');
  return key.sign({ sub: 'ada', name: 'ada', publish: [], subscribe: ['**'] }, 4);
};
const client = connect(url, { token, silenceMs: 3_000 });
client.on('state', (state) => console.log(state));
for (const name of channels)
  client.channel(name).on('*', ({ channel, seq }) => console.log(channel, seq));
