import { connect } from 'node:net';
import { ResponseScanner } from './posting/response-scanner.ts';

const LF = 10;
const RECEIVE_BYTES = 64 * 1024;

/** Result of a download. `complete`: the server ended the body as HTTP requires. */
export interface Download {
  status: number;
  bytes: number;
  lines: number;
  complete: boolean;
}

/** What to read, and how. */
export interface DownloadPlan {
  port: number;
  /** The whole head of the request. */
  request: string;
  /** Pause after each read of at most 64 KB; 0 reads without a pause. */
  pauseMs: number;
  /** The connection is closed after this time. */
  durationMs: number;
}

/**
 * Reads a response, counts it and drops it. Never rejects: a broken connection is not `complete`.
 */
export async function download({
  port,
  request,
  pauseMs,
  durationMs,
}: DownloadPlan): Promise<Download> {
  const ended = Promise.withResolvers<void>();
  const totals = { bytes: 0, lines: 0 };
  const response = new ResponseScanner((bytes, start, end) => {
    totals.bytes += end - start;
    totals.lines += countLines(bytes, start, end);
  });
  const onread = {
    buffer: Buffer.allocUnsafeSlow(RECEIVE_BYTES),
    callback: (byteCount: number, bytes: Uint8Array) => {
      response.feed(bytes as Buffer, 0, byteCount);
      if (response.done) ended.resolve();
      if (pauseMs === 0) return true;
      setTimeout(() => socket.resume(), pauseMs);
      return false;
    },
  };
  const socket = connect({ host: '127.0.0.1', port, onread });
  socket.once('error', () => {});
  socket.once('close', () => ended.resolve());
  socket.write(request);
  const timer = setTimeout(() => ended.resolve(), durationMs);
  await ended.promise;
  clearTimeout(timer);
  socket.destroy();
  return { ...totals, status: response.status, complete: response.done };
}

function countLines(bytes: Buffer, start: number, end: number): number {
  let lines = 0;
  for (let at = start; at < end; at++) if (bytes[at] === LF) lines++;
  return lines;
}
