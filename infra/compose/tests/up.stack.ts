import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { EventReader } from '../../../tests/event-reader.ts';
import { post } from '../../../tests/post.ts';
import { CHROMIUM, needs } from '../../../tests/real-parts.ts';
import { until } from '../../../tests/until.ts';
import {
  compose,
  containers,
  docker,
  hear,
  LEFT_OUT,
  probe,
  services,
  URL_OF_STACK,
  up,
} from './stack.ts';

const REPLICAS: Record<string, number> = { chat: 3, broadcast: 2 };
const IDLE_LIMIT_MIB = 1536;

interface Inspected {
  Name: string;
  Config: { User: string; Labels: Record<string, string> };
  HostConfig: {
    ReadonlyRootfs: boolean;
    CapDrop: string[];
    SecurityOpt: string[];
    Memory: number;
    PidsLimit: number;
    RestartPolicy: { Name: string };
    PortBindings: Record<string, { HostIp: string; HostPort: string }[]>;
  };
  NetworkSettings: { Networks: Record<string, { IPAddress: string }> };
}

let inspected: Inspected[];

before(async () => {
  await up();
  inspected = await inspect(...(await containers()).map(({ ID }) => ID));
});

async function inspect(...names: string[]): Promise<Inspected[]> {
  return JSON.parse(await docker('inspect', ...names));
}

test(`the compose file as it is comes up with every service healthy${LEFT_OUT.length > 0 ? `; left out, since there is no image here: ${LEFT_OUT}` : ''}`, async () => {
  const running = await containers();
  for (const service of await services()) {
    const own = running.filter(({ Service }) => Service === service);
    assert.equal(own.length, REPLICAS[service] ?? 1, service);
    for (const { Health } of own) assert.equal(Health, 'healthy', service);
  }
});

test('idle it takes less than 1.5 GB, with the limits of what is left out counted in full', async (t) => {
  const used = (await docker('stats', '--no-stream', '--format', '{{.Name}} {{.MemUsage}}'))
    .split('\n')
    .filter((line) => line.startsWith(`${process.env.COMPOSE_PROJECT_NAME}-`))
    .map((line) => mebibytes(line.split(' ')[1] ?? ''));
  const config = JSON.parse(await compose('config', '--format', 'json'));
  const left = LEFT_OUT.map((name) => Number(config.services[name].mem_limit) / 2 ** 20);
  const sum = [...used, ...left].reduce((a, b) => a + b, 0);
  t.diagnostic(`${used.length} containers take ${Math.round(sum)} MiB`);
  assert.equal(used.length, inspected.length);
  assert.ok(sum < IDLE_LIMIT_MIB, `${sum} MiB`);
});

function mebibytes(text: string): number {
  const [, number, unit = ''] = /^([\d.]+)(\w+)$/.exec(text) ?? [];
  const size = { B: 2 ** -20, KiB: 2 ** -10, MiB: 1, GiB: 2 ** 10 }[unit] ?? Number.NaN;
  return Number(number) * size;
}

test('only nginx is published, and Grafana on loopback', async () => {
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

test('the store and the broker are reached from their own networks alone', async () => {
  for (const [service, network, port] of [
    ['postgres', 'store', 5432],
    ['broker', 'bus', 8883],
  ] as const) {
    const addresses = addressesOf(service);
    assert.equal(await reach(network, port, addresses), 'reached', `${service} from ${network}`);
    for (const other of ['edge', 'public', 'outward'])
      assert.equal(await reach(other, port, addresses), 'not', `${service} from ${other}`);
  }
});

function addressesOf(service: string): string[] {
  const { COMPOSE_PROJECT_NAME: project } = process.env;
  const found = inspected.find(({ Name }) => Name === `/${project}-${service}-1`);
  const networks = Object.values(found?.NetworkSettings.Networks ?? {});
  return networks.map(({ IPAddress }) => IPAddress);
}

/** Whether a container on that network reaches the port at any of the addresses. */
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

test('every chat takes posts and every broadcast has readers, and each reader sees what any chat took', async () => {
  const readers: EventReader[] = [];
  await hear(2, async () => {
    const reader = new EventReader(URL_OF_STACK, 'all');
    readers.push(reader);
    await reader.greeted();
    return reader.hellos[0]?.server ?? '';
  });
  let posts = 0;
  await hear(3, async () => (await post(URL_OF_STACK, 'all', `${++posts}`)).server);
  for (const reader of readers) {
    await reader.received(posts);
    assert.deepEqual(
      reader.seqs,
      Array.from({ length: posts }, (_, i) => i + 1),
    );
    assert.equal(new Set(reader.events.map(({ message }) => message)).size, posts);
    reader[Symbol.dispose]();
  }
});

test('the page shows which server answered', needs('chromium'), async () => {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ ignoreHTTPSErrors: true });
    await page.goto(`${URL_OF_STACK}/page`);
    const server = await page.getByTestId('served-by').innerText();
    const broadcasts = (await containers('broadcast')).map(({ ID }) => ID.slice(0, 12));
    assert.ok(broadcasts.includes(server), server);
  } finally {
    await browser.close();
  }
});

test('health and metrics stay inside', async () => {
  for (const path of ['healthz', 'readyz', 'metrics'])
    assert.equal((await fetch(`${URL_OF_STACK}/${path}`)).status, 404, path);
});

test('Prometheus finds every replica of every part', needsService('prometheus'), async () => {
  await until(
    'all six parts are up',
    async () => {
      const query = 'http://127.0.0.1:9090/api/v1/query?query=count(up==1)by(job)';
      const answer = await compose('exec', '-T', 'prometheus', 'wget', '-q', '-O', '-', query);
      const found = JSON.parse(answer).data.result.map(
        ({
          metric: { job },
          value: [, count],
        }: {
          metric: { job: string };
          value: [number, string];
        }) => `${job} ${count}`,
      );
      return ['chat 3', 'broadcast 2', 'broker 1'].every((line) => found.includes(line));
    },
    60_000,
  );
});

function needsService(name: string): { skip: string | false } {
  return { skip: LEFT_OUT.includes(name) && `${name} is left out` };
}
