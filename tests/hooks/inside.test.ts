import assert from 'node:assert/strict';
import { test } from 'node:test';
import { post } from '@parley/testkit/clients/post.ts';
import { until } from '@parley/testkit/until.ts';
import { openHooksDeployment } from './hooks-deployment.ts';

const { deployments, hook, see } = openHooksDeployment();

/** The reason why a hook for this address cannot deliver. */
async function refusalOf(name: string): Promise<string> {
  await until('it fails', async () => (await see(name)).failing.length > 0);
  return (await see(name)).failing[0]?.reason ?? '';
}

test('no hook reaches an address inside the network that is not allowed', async () => {
  const inside = await hook({ channels: ['none'] }, { host: '::' });
  const { port } = new URL(inside.receiver.url);
  const hosts = [
    '127.0.0.2',
    '2130706434', // 127.0.0.2
    '0x7f.2',
    '0177.0.0.2',
    '0.0.0.0',
    '[::]',
    '[::1]',
    '[::ffff:127.0.0.2]',
    '[::ffff:7f00:2]',
    '[::127.0.0.2]',
    '[64:ff9b::127.0.0.2]',
    '[2002:7f00:2::]',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '169.254.169.254',
    '10.0.0.1',
    '100.100.100.200',
    '168.63.129.16',
  ];
  const made = await Promise.all(
    hosts.map(async (host, i) => {
      const channel = `inside.${i}`;
      const { name } = await hook({ channels: [channel] }, { url: `http://${host}:${port}/` });
      await post(deployments.url, channel, 'x');
      return { host, name };
    }),
  );
  for (const { host, name } of made) {
    assert.match(await refusalOf(name), /leads into the network/, host);
  }
  assert.equal(inside.receiver.mostOpen, 0);
});

test('a redirect is not followed', async () => {
  const inside = await hook({ channels: ['none'] }, { host: '127.0.0.2' });
  const { name, receiver } = await hook({ channels: ['away'] });
  receiver.answer = (_event, response) => {
    response.writeHead(307, { Location: inside.receiver.url }).end();
    return undefined;
  };
  await post(deployments.url, 'away', 'x');
  assert.equal(await refusalOf(name), 'answered 307; redirects are not followed');
  assert.equal(inside.receiver.mostOpen, 0);
});
