import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Tool } from './tool.ts';

/**
 * Runs a script in a database's client: `before`, the dump, and `after`, which has the COMMIT. It is
 * sent only when the whole dump was read and converted without a fault: a client whose input ends
 * before leaves its transaction, and the database undoes it. `convert` makes SQL of the dump.
 * @throws the first fault
 */
export async function runScript(
  client: Tool,
  {
    before,
    dump,
    after,
    convert,
  }: { before: string; dump: Readable; after: string; convert?: Tool },
): Promise<void> {
  let fed: Promise<void> | undefined;
  async function* script() {
    yield before;
    if (convert) {
      fed = pipeline(dump, convert.input);
      fed.catch(() => undefined);
      yield* convert.output();
      await fed;
    } else {
      yield* dump;
    }
    yield after;
  }
  const sent = pipeline(script(), client.input);
  const [run, send] = await Promise.allSettled([client.done, sent]);
  // What the dump's reader or the converter reports comes before what the client makes of it.
  const broken = send.status === 'rejected' && !isBrokenPipe(send.reason) ? send : run;
  if (broken.status === 'rejected') throw broken.reason;
  if (send.status === 'rejected') throw send.reason;
}

/** The client ended while the script was sent. */
function isBrokenPipe(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET';
}
