import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { KeyedLoad } from '@parley/testkit/clients/keyed-load.ts';
import { docker } from '@parley/testkit/processes/docker.ts';
import { compose, containers, services, URL_OF_STACK, up } from './stack.ts';

const overlay = (name: string) => [
  '--file',
  'docker-compose.yml',
  '--file',
  `infra/compose/${name}.yml`,
];

before(() => up());

for (const [name, image] of [
  ['mosquitto', 'eclipse-mosquitto:'],
  ['nats-cluster', 'nats:'],
] as const) {
  test(`compose accepts the configuration with the overlay ${name}`, async () => {
    const images = (await compose(...overlay(name), 'config', '--images')).split('\n');
    assert.ok(
      images.some((line) => line.startsWith(image)),
      images.join(),
    );
  });
}

test('the overlay mosquitto replaces our broker under load: no request fails and no event is lost', async () => {
  await changeTo('mosquitto', ['broker']);
  assert.match(await imageOf('broker'), /mosquitto/);
});

test('the overlay nats-cluster replaces our broker under load, also with one of its three servers down', async () => {
  await changeTo('nats-cluster', ['broker', 'broker-2', 'broker-3'], async (load) => {
    await compose(...overlay('nats-cluster'), 'kill', 'broker-2');
    await load.more(400);
  });
  assert.match(await imageOf('broker'), /nats/);
});

/**
 * Replaces the running stack's broker under load. Resolves when every service has a link to the new
 * broker.
 */
async function changeTo(
  name: string,
  brokers: string[],
  inject: (load: KeyedLoad) => Promise<void> = async () => undefined,
): Promise<void> {
  const load = await KeyedLoad.start(URL_OF_STACK);
  await startBrokers(name, brokers);
  await load.more();
  await inject(load);
  await linked();
  await load.judge();
}

/**
 * Starts an overlay's brokers as its first lines say: again from the beginning when they have not
 * formed a cluster.
 */
async function startBrokers(name: string, brokers: string[], attempts = 3): Promise<void> {
  const files = await filesOf(name);
  const begin = [...overlay(name), 'up', '--detach', '--no-deps', ...files];
  const [replaced = '', ...others] = brokers;
  if (others.length > 0) await compose(...begin, ...others);
  await compose(...begin, replaced);
  try {
    await linked(LINK_SECONDS);
  } catch (error) {
    if (attempts === 1 || others.length === 0) throw error;
    console.log(`${name}: no cluster has formed; starting its servers again`, error);
    await compose(...overlay(name), 'rm', '--stop', '--force', ...brokers);
    await startBrokers(name, brokers, attempts - 1);
  }
}

/** The one-shot services of an overlay, which run before its brokers. */
async function filesOf(name: string): Promise<string[]> {
  const own = await services();
  const all = (await compose(...overlay(name), 'config', '--services')).split('\n');
  return all.filter((service) => service.endsWith('-files') && !own.includes(service));
}

/** How long the brokers may take to serve. */
const LINK_SECONDS = 40;

/** Asks its own service, with pauses, until it is ready. Fails with its last answer. */
const WAIT_SCRIPT = `
  const url = 'http://127.0.0.1:' + process.env.PORT + '/readyz';
  let answer;
  for (const end = Date.now() + 1000 * process.argv[1]; Date.now() < end; ) {
    answer = await fetch(url).catch(String);
    if (answer.ok) process.exit();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  console.error('not ready:', answer.text ? await answer.text() : answer);
  process.exit(1);`;

/**
 * Waits until every service is ready, which means that a message went through the broker and back.
 * One process in each container waits: a new process for each question takes the whole machine.
 */
async function linked(seconds = 90): Promise<void> {
  const script = ['node', '--input-type=module', '--eval', WAIT_SCRIPT, String(seconds)];
  const parts = await containers('chat', 'broadcast');
  await Promise.all(parts.map(({ ID }) => docker('exec', ID, ...script)));
}

async function imageOf(service: string): Promise<string> {
  const [container] = await containers(service);
  return docker('inspect', '--format', '{{.Config.Image}}', container?.ID ?? '');
}
