import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { MOSQUITTO } from '../tests/real-parts.ts';
import { until } from '../tests/until.ts';
import type { Piece } from './piece.ts';
import type { LinkProxy } from './proxy.ts';

interface MosquittoPiece {
  port: number;
  links: LinkProxy[];
  /** Where its configuration is written. */
  folder: string;
}

/** Starts Mosquitto as the broker. */
export async function startMosquittoPiece(parts: MosquittoPiece): Promise<Piece> {
  const { port, links, folder } = parts;
  const file = `${folder}/mosquitto.conf`;
  await writeFile(
    file,
    `listener ${port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n`,
    { mode: 0o644 },
  );
  let child: ChildProcess | undefined;
  const begin = async () => {
    child = spawn(MOSQUITTO, ['-c', file], { stdio: 'ignore' });
    await until('Mosquitto listens', () => listens(port));
  };
  await begin();
  return {
    name: 'broker',
    links,
    pids: () => (child?.pid ? [child.pid] : []),
    async end(how) {
      if (!child) return;
      const exited = once(child, 'exit');
      child.kill(how === 'kill' ? 'SIGKILL' : 'SIGTERM');
      await exited;
      child = undefined;
    },
    begin,
  };
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
