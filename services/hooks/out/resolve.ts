import { type LookupAddress, promises } from 'node:dns';

/** Finds the addresses of a host. */
export type Resolve = (host: string) => Promise<LookupAddress[]>;

/** For the first answer; each question is asked twice. */
const ANSWER_MS = 2_000;
const TRIES = 2;

/**
 * Asks DNS without a thread: the system's own function takes one of Node's few threads for as long as
 * a name server does not answer, and everything else in the process would wait for these. The system's
 * function is asked only for a name that DNS says it does not have, such as one of /etc/hosts.
 * `servers` are those of the system unless given.
 */
export function openResolve({
  servers,
  answerMs = ANSWER_MS,
}: {
  servers?: string[];
  answerMs?: number;
} = {}): Resolve {
  const resolver = new promises.Resolver({ timeout: answerMs, tries: TRIES });
  if (servers) resolver.setServers(servers);
  return async (host) => {
    const [four, six] = await Promise.allSettled([
      resolver.resolve4(host),
      resolver.resolve6(host),
    ]);
    const of = (answer: PromiseSettledResult<string[]>, family: number) =>
      answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family })) : [];
    const found = [...of(four, 4), ...of(six, 6)];
    if (found.length > 0) return found;
    for (const answer of [four, six]) if (isTimeout(answer)) throw answer.reason;
    return promises.lookup(host, { all: true });
  };
}

function isTimeout(answer: PromiseSettledResult<string[]>): answer is PromiseRejectedResult {
  return answer.status === 'rejected' && answer.reason?.code === 'ETIMEOUT';
}
