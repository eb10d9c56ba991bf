import { open, type Verdict, wrong } from './verdict.ts';

/** An answer that refuses the request, so that the check has no result. */
export class Refused extends Error {
  override name = 'Refused';
  readonly status: number;

  constructor(what: string, { status, body }: { status: number; body: string }) {
    super(`${what} was answered ${status}${body && `: ${body.slice(0, 200)}`}`);
    this.status = status;
  }
}

const LOOK = "look for it in the proxy's access log and in the log of chat or broadcast";
const MENDS: Record<number, string> = {
  403: 'use a token that may publish and subscribe there  (--token, --channel)',
  421: 'name the host in ALLOWED_HOSTS of chat, broadcast and broker; or nginx: proxy_set_header Host $http_host;',
  429: 'try again in a minute, or nginx: limit_req and limit_conn with space for more',
  503: 'try again, and see whether chat and broadcast run: /readyz, from the inside',
};

/** The verdict of a check that could not run. */
export function unchecked(error: Error): Verdict {
  const status = error instanceof Refused ? error.status : 0;
  if (status === 401) {
    return open(
      'not checked: the deployment requires a token (AUTH=required); give a valid one with --token',
    );
  }
  return wrong(error.message, { why: 'the check could not run', mend: MENDS[status] ?? LOOK });
}
