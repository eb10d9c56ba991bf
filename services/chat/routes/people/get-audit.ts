import { type AuditPage, parseKeptAct } from '@parley/contract/accounts/audit.ts';
import { parseJsonBody } from '@parley/kit/http/body-fields.ts';
import { parseCount, parseLimit } from '@parley/kit/http/query.ts';
import { readBody } from '@parley/kit/http/read-body.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { requireAdmin } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import { actOf } from '../../accounts/act-of.ts';
import type { AuditQuery, AuditStore } from '../../store/people/audit.ts';

/**
 * `GET /audit`: a page of the acts of administrators, in rising order. With `before` alone it is the
 * newest page below `before`, and `next` is the `before` of the page before it. Otherwise it is the
 * oldest page above `after` (0 when absent), and `next` is the `after` of the page after it. `next`
 * is null on the last page.
 */
export function getAudit(audit: AuditStore): RequestHandler {
  return async (request, response) => {
    requireAdmin(identityOf(response), 'read the acts of administrators');
    const query = parseAuditQuery(request.query);
    // One entry more than asked for shows that there is another page.
    const found = await audit.page({ ...query, limit: query.limit + 1 });
    const isLast = found.length <= query.limit;
    const entries = query.newest ? found.slice(-query.limit) : found.slice(0, query.limit);
    const edge = query.newest ? entries[0] : entries.at(-1);
    const page: AuditPage = { entries, next: isLast ? null : (edge?.id ?? null) };
    response.setHeader('Cache-Control', 'no-store').json(page);
  };
}

/**
 * `POST /audit {act, detail}`: keeps an act of the administrator at another service, which asks with
 * the administrator's own token before it does the act.
 */
export function postAudit(audit: AuditStore, clock: () => number): RequestHandler {
  return async (request, response) => {
    const identity = identityOf(response);
    requireAdmin(identity, 'do acts of administrators');
    const act = parseKeptAct(parseJsonBody(await readBody(request), request.headers));
    await audit.add([actOf(identity, clock(), act)]);
    response.status(204).setHeader('Cache-Control', 'no-store').end();
  };
}

function parseAuditQuery({ after, before, limit }: Record<string, unknown>): AuditQuery {
  return {
    after: parseCount('after', after, { fallback: 0 }),
    before: parseCount('before', before, { fallback: Number.MAX_SAFE_INTEGER }),
    limit: parseLimit(limit),
    newest: before !== undefined && after === undefined,
  };
}
