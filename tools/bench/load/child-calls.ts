import type { ChildProcess } from 'node:child_process';

interface Call {
  id: number;
  name: string;
  argument: unknown;
}

interface Answer {
  id: number;
  result?: unknown;
  fault?: string;
}

/**
 * Asynchronous methods that call a forked child over its IPC channel. Each takes at most one
 * argument. A method rejects with the child's error text, or when the child ends.
 */
export function callsTo<Calls extends object>(child: ChildProcess): Calls {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  child.on('message', ({ id, result, fault }: Answer) => {
    const call = waiting.get(id);
    waiting.delete(id);
    if (fault === undefined) call?.resolve(result);
    else call?.reject(new Error(fault));
  });
  child.once('exit', (code, signal) => {
    const error = new Error(`a load process ended unexpectedly (${signal ?? code})`);
    for (const call of waiting.values()) call.reject(error);
  });
  function send(name: string, argument: unknown): Promise<unknown> {
    const call = Promise.withResolvers<unknown>();
    const id = ++lastId;
    waiting.set(id, call);
    child.send({ id, name, argument } satisfies Call, (error) => error && call.reject(error));
    return call.promise;
  }
  return new Proxy({} as Calls, {
    get: (_, name) =>
      name === 'then' ? undefined : (argument: unknown) => send(String(name), argument),
  });
}

/** The child's side of `callsTo`: answers each call from `handlers`, and ends with its parent. */
export function answerCalls<Calls extends object>(handlers: Calls): void {
  process.on('message', async ({ id, name, argument }: Call) => {
    process.send?.(await answer(handlers, { id, name, argument }));
  });
  process.once('disconnect', () => process.exit());
}

async function answer(handlers: object, { id, name, argument }: Call): Promise<Answer> {
  try {
    const handler: unknown = Reflect.get(handlers, name);
    if (typeof handler !== 'function') throw new Error(`no such call: ${name}`);
    return { id, result: await handler.call(handlers, argument) };
  } catch (error) {
    return { id, fault: error instanceof Error ? error.message : String(error) };
  }
}
