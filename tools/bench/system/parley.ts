import type { ChildProcess } from 'node:child_process';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import type { PostTarget } from '../load/posting/poster-calls.ts';
import type { Credentials } from './credentials.ts';
import { type ParleyProgram, startProgram } from './program.ts';
import type { Sandbox } from './sandbox.ts';
import type { SystemUnderTest } from './system-under-test.ts';

/** Where a server runs, and its authentication. */
export interface DeploymentPlan {
  sandbox: Sandbox;
  credentials: Credentials;
}

/**
 * Parley's standalone server as a real process. SIGKILL stops it: an orderly stop is not measured.
 */
export class Parley implements SystemUnderTest {
  readonly name = 'parley';
  readonly port: number;
  readonly mqttPort: number;
  readonly dataDir: string;
  readonly credentials: Credentials;
  readonly #sandbox: Sandbox;
  #child: ChildProcess | undefined;

  constructor({ sandbox, credentials }: DeploymentPlan, ports: { port: number; mqttPort: number }) {
    this.#sandbox = sandbox;
    this.credentials = credentials;
    this.port = ports.port;
    this.mqttPort = ports.mqttPort;
    this.dataDir = sandbox.makeDir('parley');
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /**
   * Starts the process, also after `kill`. @throws Error with the end of the log when it is not
   * ready in time
   */
  async start(env: Record<string, string> = {}): Promise<void> {
    this.#child = await this.#start(env);
  }

  /** Starts it by `npm start`, as a user does. The process is npm, its descendants the rest. */
  async startByNpm(): Promise<void> {
    const { HOME = '/', PATH = '' } = process.env;
    this.#child = await this.#start({ HOME, PATH }, ['npm', 'start']);
  }

  #start(env: Record<string, string>, command?: ParleyProgram['command']): Promise<ChildProcess> {
    return startProgram(this.#sandbox, {
      program: 'services/standalone',
      name: 'server',
      folder: this.dataDir,
      port: this.port,
      env: {
        ...this.credentials.env,
        MQTT_PORT: String(this.mqttPort),
        DATA_DIR: this.dataDir,
        ...env,
      },
      command,
    });
  }

  /** Stops the process with SIGKILL, as in a crash. */
  async kill(): Promise<void> {
    if (this.#child) await this.#sandbox.stop(this.#child, 'kill');
  }

  postTarget(channel: string): PostTarget {
    return parleyPost(channel, [this.port], this.credentials.headers);
  }

  streamRequest(channel: string): string {
    return parleyStream(channel, this.credentials.headers);
  }

  /** The sum of a counter of /metrics over its labels. Undefined when no counter has this name. */
  async readCounter(name: string): Promise<number | undefined> {
    const response = await fetch(`http://127.0.0.1:${this.port}/metrics`);
    const lines = (await response.text()).split('\n');
    const values = lines
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
    return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** Parley on free ports with an empty data folder, not started yet. */
export async function prepareParley(plan: DeploymentPlan): Promise<Parley> {
  return new Parley(plan, { port: await freePort(), mqttPort: await freePort() });
}

/** Starts Parley on free ports with an empty data folder. Resolves when it is ready. */
export async function startParley(plan: DeploymentPlan): Promise<Parley> {
  const parley = await prepareParley(plan);
  await parley.start();
  return parley;
}

/**
 * How to post a message to a channel of Parley. `ports` are those of the chats; `headers` are extra
 * lines.
 */
export function parleyPost(
  channel: string,
  ports: PostTarget['ports'],
  headers: string,
): PostTarget {
  return {
    ports,
    request: `POST /chat/${channel} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n${headers}`,
    prefix: '{"username":"bench","message":"',
    suffix: '"}',
  };
}

/** How to post a line of a batch to a channel of Parley. */
export function parleyBatch({ port, credentials }: Parley, channel: string): PostTarget {
  return {
    ports: [port],
    request: `POST /chat HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\n${credentials.headers}`,
    prefix: `{"channel":"${channel}","username":"bench","message":"`,
    suffix: '"}',
  };
}

/** The head of a request for a channel's stream, without the empty line at its end. */
export function parleyStream(channel: string, headers: string): string {
  return `GET /broadcast/${channel} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n${headers}`;
}
