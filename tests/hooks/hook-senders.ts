import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { tokenKeyFile } from '@parley/testkit/credentials/token-key-file.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';

const SAMPLES = new URL('../../services/hooks/in/samples/', import.meta.url);
export const JSON_TYPE = { 'Content-Type': 'application/json' };

interface Message {
  kind: string;
  seq: number;
  username: string;
  message: string;
  mentions?: string[];
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  body: Record<string, unknown>;
}

/** Reads a sample of a sender's delivery: its headers and its body. */
export function sample(name: string): { headers: Record<string, string>; body: string } {
  const { headers, text, body } = JSON.parse(
    readFileSync(new URL(`${name}.json`, SAMPLES), 'utf8'),
  );
  return { headers, body: text ?? JSON.stringify(body) };
}

/** Starts Parley, with its administrator, and other programs that post by hooks. */
export async function openHookSenders(more: Record<string, string> = {}) {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder()).path;
  const keys = tokenKeyFile(folder);
  const settings = {
    DATA_DIR: folder,
    AUTH: 'required',
    TOKEN_KEY_FILE: keys.file,
    PORT: String(await freePort()),
    ...more,
  };
  let parley = await start('services/standalone', settings);
  stack.defer(() => parley[Symbol.asyncDispose]());

  async function ask(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(parley.url + path, { method, ...init });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const { status, headers } = response;
    return { status, headers, text, body: isJson ? JSON.parse(text) : {} };
  }

  /** Calls as an administrator. */
  function manage(method: string, path: string, body?: object): Promise<Answer> {
    const headers = { ...keys.headersOf('root', { role: 'admin', name: 'root' }), ...JSON_TYPE };
    return ask(method, path, { headers, ...(body && { body: JSON.stringify(body) }) });
  }

  function deliver(path: string, body: string, headers: Record<string, string> = {}) {
    const all = new Headers({ 'Content-Type': 'text/plain' });
    for (const [name, value] of Object.entries(headers)) all.set(name, value);
    return ask('POST', path, { body, headers: all });
  }

  async function eventsOf(channel: string): Promise<Message[]> {
    const headers = keys.headersOf('reader');
    return (await ask('GET', `/chat/${channel}/events?after=0`, { headers })).body
      .events as Message[];
  }

  return {
    folder,
    keys,
    parley: () => parley,
    ask,
    manage,
    deliver,
    eventsOf,
    /** Makes a hook and returns the path of its address. */
    async makeHook(name: string, fields: object): Promise<string> {
      const made = await manage('PUT', `/hooks/in/${name}`, fields);
      assert.equal(made.status, 201, made.text);
      return String(made.body.path);
    },
    /** Sends a sample of a sender. */
    sendSample(path: string, name: string) {
      const { headers, body } = sample(name);
      return deliver(path, body, headers);
    },
    textsOf: async (channel: string) =>
      (await eventsOf(channel))
        .filter(({ kind }) => kind === 'message')
        .map(({ message }) => message),
    /** Ends Parley as `kill -9` does, and starts it again on the same data. */
    async killAndStart(between: () => void = () => undefined): Promise<void> {
      assert.equal(await parley.end('SIGKILL'), 'SIGKILL');
      between();
      parley = await start('services/standalone', settings);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
