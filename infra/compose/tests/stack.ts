import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import { docker } from '@parley/testkit/processes/docker.ts';
import { until } from '@parley/testkit/until.ts';

const run = promisify(execFile);

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** The folder with the secrets of the stack under test. `run.ts` makes them. */
export const SECRETS = process.env.SECRETS_DIR ?? '';
/** The URL of the front door. */
export const URL_OF_STACK = `https://localhost:${process.env.HTTPS_PORT}`;
/** Services whose images are not available on this machine. */
export const LEFT_OUT = (process.env.STACK_WITHOUT ?? '').split(',').filter((name) => name !== '');

export function compose(...args: string[]): Promise<string> {
  return docker('compose', '--progress', 'quiet', ...args);
}

/** What `small` runs: infra/compose/small.yml, beside the stack. */
export const SMALL = {
  project: `${process.env.COMPOSE_PROJECT_NAME}-small`,
  domain: process.env.DOMAIN ?? '',
  files: ['small.yml', 'tests/beside/small-authority.yml'].map((name) =>
    join('infra/compose', name),
  ),
};

/** Runs compose for small.yml, with a stand-in for its certificate authority. */
export function small(...args: string[]): Promise<string> {
  const files = SMALL.files.flatMap((file) => ['--file', file]);
  return compose('--project-name', SMALL.project, ...files, ...args);
}

/** Runs a command in a service's container, with `input` as its input. */
export async function feed(service: string, input: string | Buffer, ...command: string[]) {
  const child = spawn('docker', ['compose', 'exec', '-T', service, ...command], { cwd: ROOT });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  child.stdin.end(input);
  const [code] = await once(child, 'exit');
  const [stdout, stderr] = await output;
  if (code !== 0) throw new Error(`${service}: ${command.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
}

/** Runs one of our programs, such as `tools/roll.ts`. */
export async function program(...args: string[]): Promise<void> {
  await run(process.execPath, args, { cwd: ROOT });
}

/** A running container, from `docker compose ps`. */
export interface Container {
  ID: string;
  Service: string;
  Health: string;
  State: string;
}

export async function containers(...services: string[]): Promise<Container[]> {
  const lines = (await compose('ps', '--format', 'json', ...services)).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

/** Every service of the compose file, without LEFT_OUT. */
export async function services(): Promise<string[]> {
  const names = (await compose('config', '--services')).split('\n');
  return names.filter((name) => name !== '' && !LEFT_OUT.includes(name));
}

/** Starts every service that does not run yet. Resolves when all are healthy. */
export async function up(...options: string[]): Promise<void> {
  await compose(
    'up',
    '--detach',
    '--wait',
    '--wait-timeout',
    '180',
    ...options,
    ...(await services()),
  );
}

/** TOKEN_SECONDS of the stack that `upRequired` starts. */
export const TOKEN_SECONDS = 20;

/** Restarts the stack with AUTH=required, also for later calls of `up` in this process. */
export function upRequired(): Promise<void> {
  Object.assign(process.env, { AUTH: 'required', TOKEN_SECONDS: String(TOKEN_SECONDS) });
  return up();
}

/** Makes a token with these rights, as a user does (docs/tokens.md). */
export async function newToken(...rights: string[]): Promise<string> {
  const making = ['exec', '-T', 'chat', 'parley', 'token', '--for', 'test'];
  return (await compose(...making, ...rights)).trim();
}

/** Posts a message to a channel, with the token or as a guest. */
export function postMessage(channel: string, token?: string): Promise<Response> {
  return fetch(`${URL_OF_STACK}/chat/${channel}`, {
    method: 'POST',
    headers: bearerHeader(token),
    body: new URLSearchParams({ username: 'ada', message: 'hi' }),
  });
}

/** Runs a script with Node in a container of our image, on one of the stack's networks. */
export function probe(network: string, script: string, ...args: string[]): Promise<string> {
  const { COMPOSE_PROJECT_NAME: project, PARLEY_VERSION: version } = process.env;
  const image = `parley:${version}`;
  return docker(
    'run',
    '--rm',
    '--network',
    `${project}_${network}`,
    '--volume',
    `${SECRETS}:/secrets:ro`,
    '--user',
    'root',
    '--entrypoint',
    'node',
    image,
    '--input-type=module',
    '--eval',
    script,
    ...args,
  );
}

export function secret(name: string): Promise<string> {
  return readFile(join(SECRETS, name), 'utf8');
}

/** Calls `ask`, which returns a server's name, until `count` different servers have answered. */
export async function collectAnswers(
  count: number,
  ask: () => Promise<string>,
): Promise<Set<string>> {
  const answers = new Set<string>();
  await until(`${count} servers have answered`, async () => {
    answers.add(await ask());
    return answers.size >= count;
  });
  return answers;
}

/** The used fields of `docker inspect` for a container or an image. */
export interface Inspected {
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

export async function inspect(...names: string[]): Promise<Inspected[]> {
  return JSON.parse(await docker('inspect', ...names));
}
