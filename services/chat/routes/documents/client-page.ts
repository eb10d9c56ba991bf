import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseChannel } from '@parley/contract/channels/channel.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { methodsAllowed } from '@parley/kit/http/app.ts';
import { BuiltFile, readBuiltFiles } from '@parley/kit/http/built-files.ts';
import { securePage } from '@parley/kit/http/security-headers.ts';
import { type Request, type Response, Router } from 'express';

/**
 * The page's files are named by their content, so a browser asks again only for the page itself.
 */
const PAGE_CACHE = 'no-cache';
const ASSET_CACHE = 'public, max-age=31536000, immutable';
const ICON = 'favicon.svg';
const ICON_CACHE = 'public, max-age=0';

/**
 * Serves the page at `/` and `/:channel`, whether or not the channel exists, and the page's files,
 * compressed as they were built. A browser gets the page, with status 404, for other paths, too.
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

/** Sends the page with status 404: the page shows that there is nothing at its address. */
function sayNothingHere(page: BuiltFile, request: Request, response: Response): void {
  page.send(request, response.status(404), 'no-store');
}

/** True when a browser asks for a page. Other programs accept any type, or JSON. */
function asksForPage(request: Request, response: Response): boolean {
  response.vary('Accept');
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  return isRead && request.accepts(['json', 'html']) === 'html';
}

/** What is wrong with a channel's name. A name that the API reserves is `not-found`. */
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
