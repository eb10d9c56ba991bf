import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { compose, containers, type Inspected, inspect, LEFT_OUT, probe, up } from './stack.ts';

let inspected: Inspected[];

before(async () => {
  await up();
  inspected = await inspect(...(await containers()).map(({ ID }) => ID));
});

test('only nginx has published ports, and Grafana has one on loopback', async () => {
  const config = JSON.parse(await compose('config', '--format', 'json'));
  const stated = Object.entries<{ ports?: { target: number; host_ip: string }[] }>(config.services)
    .flatMap(([name, { ports = [] }]) => ports.map(({ target }) => `${name} ${target}`))
    .sort();
  assert.deepEqual(stated, ['grafana 3000', 'nginx 8080', 'nginx 8443']);
  assert.equal(config.services.grafana.ports[0].host_ip, '127.0.0.1');
  const open = inspected.flatMap(({ Name, HostConfig: { PortBindings } }) =>
    Object.keys(PortBindings).map((port) => `${Name.split('-').at(-2)} ${parseInt(port, 10)}`),
  );
  const expected = stated.filter((line) => !LEFT_OUT.some((name) => line.startsWith(name)));
  assert.deepEqual(open.sort(), expected);
});

test('the store and the broker can be reached only from their own networks', async () => {
  for (const [service, network, port] of [
    ['postgres', 'store', 5432],
    ['broker', 'bus', 8883],
    ['broker', 'devices', 8083],
  ] as const) {
    const addresses = addressesOf(service);
    assert.equal(await reach(network, port, addresses), 'reached', `${service} from ${network}`);
    const elsewhere = ['edge', 'public', 'outward'].map((other) => reach(other, port, addresses));
    assert.deepEqual(await Promise.all(elsewhere), ['not', 'not', 'not'], `${service} from others`);
  }
});

function addressesOf(service: string): string[] {
  const { COMPOSE_PROJECT_NAME: project } = process.env;
  const found = inspected.find(({ Name }) => Name === `/${project}-${service}-1`);
  const networks = Object.values(found?.NetworkSettings.Networks ?? {});
  return networks.map(({ IPAddress }) => IPAddress);
}

/**
 * 'reached' when a container on the network reaches the port at one of the addresses, else 'not'.
 */
function reach(network: string, port: number, addresses: string[]): Promise<string> {
  const script = `import { connect } from 'node:net';
    const [port, ...addresses] = process.argv.slice(1);
    const end = (word) => { process.stdout.write(word); process.exit(); };
    for (const address of addresses)
      connect(Number(port), address, () => end('reached')).on('error', () => undefined);
    setTimeout(end, 2000, 'not');`;
  return probe(network, script, String(port), ...addresses);
}

test('every container runs without root, without capabilities, on a read-only file system, within limits', async () => {
  for (const { Name, HostConfig, Config } of inspected) {
    assert.equal(HostConfig.ReadonlyRootfs, true, Name);
    assert.deepEqual(HostConfig.CapDrop, ['ALL'], Name);
    assert.deepEqual(HostConfig.SecurityOpt, ['no-new-privileges:true'], Name);
    assert.ok(HostConfig.Memory > 0 && HostConfig.PidsLimit > 0, Name);
    assert.equal(HostConfig.RestartPolicy.Name, 'unless-stopped', Name);
    assert.doesNotMatch(Config.User, /^(|root|0)$/, Name);
  }
});

test('the images are labelled', async () => {
  const { PARLEY_VERSION: version } = process.env;
  for (const title of ['parley', 'parley-edge']) {
    const [image] = await inspect(`${title}:${version}`);
    const labels = image?.Config.Labels;
    assert.equal(labels?.['org.opencontainers.image.title'], title);
    assert.equal(labels?.['org.opencontainers.image.licenses'], 'MIT');
  }
});
