import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseChannel } from '@parley/contract/channel.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { methodsAllowed } from '@parley/kit/app.ts';
import { BuiltFile, readBuiltFiles } from '@parley/kit/built-files.ts';
import { securePage } from '@parley/kit/security-headers.ts';
import { type Request, type Response, Router } from 'express';

/** The page names its files by their content, so that it alone has to be asked for again. */
const PAGE_CACHE = 'no-cache';
const ASSET_CACHE = 'public, max-age=31536000, immutable';
const ICON = 'favicon.svg';
const ICON_CACHE = 'public, max-age=0';

/**
 * The page at `/` and `/:channel`, whatever the channel, and its files, compressed as they were
 * built. To a browser it is also the answer where there is nothing.
 */
export function clientPage(clientDir: string): Router {
  const router = Router();
  router.all(['/', '/:channel', '/favicon.svg', '/assets/:file'], methodsAllowed('GET', 'HEAD'));
  const path = join(clientDir, 'index.html');
  if (!existsSync(path)) return router;
  const page = new BuiltFile(path);
  const assets = readBuiltFiles(join(clientDir, 'assets'));
  const iconPath = join(clientDir, ICON);
  const icon = existsSync(iconPath) ? new BuiltFile(iconPath) : undefined;
  router.use(securePage());
  router.get('/assets/:file', (request, response, next) => {
    const file = assets.get(request.params.file);
    if (file) file.send(request, response, ASSET_CACHE);
    else next();
  });
  router.get(`/${ICON}`, (request, response) => {
    if (!icon) throw new ChatError('not-found', `There is nothing at /${ICON}.`);
    icon.send(request, response, ICON_CACHE);
  });
  router.get(['/', '/:channel'], (request, response) => {
    const { channel } = request.params as { channel?: string };
    const fault = channel === undefined ? undefined : channelFault(channel);
    if (!fault) return page.send(request, response, PAGE_CACHE);
    if (!asksForPage(request, response)) throw fault;
    sayNothingHere(page, request, response);
  });
  router.use((request, response, next) => {
    if (asksForPage(request, response)) sayNothingHere(page, request, response);
    else next();
  });
  return router;
}

/** The page says by itself that there is nothing at its address. */
function sayNothingHere(page: BuiltFile, request: Request, response: Response): void {
  page.send(request, response.status(404), 'no-store');
}

/** Whether a browser asks for a page to show: programs take anything, or JSON. */
function asksForPage(request: Request, response: Response): boolean {
  response.vary('Accept');
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  return isRead && request.accepts(['json', 'html']) === 'html';
}

/** A path of the API that has no page is not there, rather than a channel of a wrong name. */
function channelFault(name: string): ChatError | undefined {
  try {
    parseChannel(name);
    return undefined;
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    if (error.code !== 'reserved-channel') return error;
    return new ChatError('not-found', `There is nothing at /${name}.`);
  }
}
