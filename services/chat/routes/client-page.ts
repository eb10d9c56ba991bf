import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseChannel } from '@parley/contract/channel.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { methodsAllowed } from '@parley/kit/app.ts';
import { securePage } from '@parley/kit/security-headers.ts';
import express, { Router } from 'express';

const ASSET_MAX_AGE = '365d';

/**
 * The page at `/` and `/:channel`, whatever the channel, and its files. Files under `assets/` have
 * their content's hash in their names, so they may be kept for ever; the page itself may not.
 */
export function clientPage(clientDir: string): Router {
  const router = Router();
  const page = join(clientDir, 'index.html');
  if (!existsSync(page)) return router;
  router.use(securePage());
  router.use(
    '/assets',
    express.static(join(clientDir, 'assets'), {
      immutable: true,
      maxAge: ASSET_MAX_AGE,
      index: false,
      acceptRanges: false,
    }),
  );
  router.get('/favicon.svg', (_request, response) =>
    response.sendFile(join(clientDir, 'favicon.svg'), { acceptRanges: false }),
  );
  router
    .route(['/', '/:channel'])
    .get((request, response) => {
      const { channel } = request.params as { channel?: string };
      if (channel !== undefined) checkChannel(channel);
      response
        .setHeader('Cache-Control', 'no-cache')
        .sendFile(page, { cacheControl: false, acceptRanges: false });
    })
    .all(methodsAllowed('GET', 'HEAD'));
  return router;
}

/** A path of the API that has no page is not there, rather than a channel of a wrong name. */
function checkChannel(name: string): void {
  try {
    parseChannel(name);
  } catch (error) {
    if (!(error instanceof ChatError) || error.code !== 'reserved-channel') throw error;
    throw new ChatError('not-found', `There is nothing at /${name}.`);
  }
}
