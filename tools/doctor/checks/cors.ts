import { ask } from '../request.ts';
import { type Check, ok, wrong } from '../verdict.ts';

const STRANGER = 'https://stranger.example';

/** Checks that pages of other origins can never use a reader's cookies. */
export const cors: Check = {
  name: 'CORS',
  async run(visit) {
    const { headers } = await ask(visit, '/chat?limit=1', { headers: { Origin: STRANGER } });
    const allowed = headers['access-control-allow-origin'];
    if (allowed === undefined) return ok('pages of other origins may not read');
    if (allowed.includes(',')) {
      return wrong(`Access-Control-Allow-Origin is sent twice (${allowed})`, {
        why: 'browsers refuse an answer that names two origins',
        mend: 'nginx: no add_header Access-Control-Allow-Origin, since Parley sends it itself',
      });
    }
    if (headers['access-control-allow-credentials'] === 'true' && allowed !== visit.url.origin) {
      return wrong(`any page can use a visitor's session (${allowed}, with credentials)`, {
        why: `a page at ${STRANGER} can read and post with the cookies of its visitors`,
        mend: 'nginx: no add_header Access-Control-Allow-Origin $http_origin, no …-Allow-Credentials',
      });
    }
    return ok(`pages of ${allowed === '*' ? 'any origin' : allowed} may read, without cookies`);
  },
};
