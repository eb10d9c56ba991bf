import { open, type Verdict, wrong } from './verdict.ts';

/** An answer that refuses what was asked, and so tells nothing of what is checked. */
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
  403: 'a token that may publish and subscribe there  (--token, --channel)',
  421: 'name the host in ALLOWED_HOSTS of chat, broadcast and broker; or nginx: proxy_set_header Host $http_host;',
  429: 'try again in a minute, or nginx: limit_req and limit_conn with room for more',
  503: 'try again, and see whether chat and broadcast run: /readyz, from the inside',
};

/** What a check comes to that could not be made. */
export function unchecked(error: Error): Verdict {
  const status = error instanceof Refused ? error.status : 0;
  if (status === 401) {
    return open(
      'not checked: a token is required there (AUTH=required); name one that holds with --token',
    );
  }
  return wrong(error.message, { why: 'so it could not be checked', mend: MENDS[status] ?? LOOK });
}
