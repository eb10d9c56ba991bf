import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

const START_LIMIT_MS = 30_000;
/** Shown length of the output of a server that does not start, in characters. */
const SHOWN_CHARACTERS = 2000;

/** What to start: a file, its arguments and, optionally, its environment. */
export interface Command {
  file: string;
  args: string[];
  env?: Record<string, string | undefined>;
}

/** A server process that can be ended and begun again with the same command. */
export interface ServerProcess {
  /** 0 before the first start. */
  readonly pid: number;
  readonly running: boolean;
  /** Starts the server; resolves when it answers, and rejects if it ends before that. */
  begin(): Promise<void>;
  /** Ends the server with a signal and resolves when it is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** A server that is not started yet; `ping` rejects as long as it does not answer. */
export function serverProcess(command: Command, ping: () => Promise<unknown>): ServerProcess {
  const { file, args, env = process.env } = command;
  let child: ChildProcess | undefined;
  const running = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    get pid() {
      return child?.pid ?? 0;
    },
    get running() {
      return running();
    },
    async begin() {
      const started = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'], env });
      child = started;
      let output = '';
      started.stderr.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-SHOWN_CHARACTERS);
      });
      const ended = once(started, 'close').then(() => {
        throw new Error(`${file} ended before it answered:\n${output}`);
      });
      try {
        await Promise.race([answers(ping), ended]);
      } catch (error) {
        started.kill('SIGKILL');
        throw error;
      }
    },
    async end(signal) {
      if (!child || !running()) return;
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    },
  };
}

async function answers(ping: () => Promise<unknown>): Promise<void> {
  for (const end = Date.now() + START_LIMIT_MS; ; ) {
    try {
      await ping();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await delay(50);
    }
  }
}
