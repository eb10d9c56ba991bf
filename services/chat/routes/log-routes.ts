import type { Bus } from '@parley/kit/bus/bus.ts';
import { methodsAllowed } from '@parley/kit/http/app.ts';
import type { HotRoute } from '@parley/kit/http/hot-route.ts';
import type { Router } from 'express';
import type { Removal } from '../access/removal.ts';
import type { Renaming } from '../access/renaming.ts';
import type { RecentChannels } from '../log/recent-channels.ts';
import type { ReadPositions } from '../read-positions/read-positions.ts';
import type { OpenedStore } from '../store/opened-store.ts';
import { type AccessParts, addAccessRoutes } from './access-routes.ts';
import { archiveChannel } from './channels/archive-channel.ts';
import { deleteChannel } from './channels/delete-channel.ts';
import { renameChannel } from './channels/rename-channel.ts';
import { closeChannel } from './close-channel.ts';
import { deleteEvent } from './delete-event.ts';
import { getEvents } from './get-events.ts';
import { getTranscript } from './get-transcript.ts';
import { listChannels } from './list-channels.ts';
import { logPaths } from './log-paths.ts';
import { patchEvent } from './patch-event.ts';
import { listMuted, muteAccount, unmuteAccount } from './people/mute-account.ts';
import { getReadPosition, putReadPosition } from './people/read-position.ts';
import { type BatchParts, postBatch } from './post-batch.ts';
import type { PostParts } from './post-message.ts';
import { putVote } from './put-vote.ts';
import { react } from './react.ts';

/**
 * Adds all routes under `/chat`, to post, change and read. The caller's identity must be known
 * before.
 */
export function addLogRoutes(
  router: Router,
  {
    store,
    recent,
    timezone,
    writing,
    post,
    readPositions,
    bus,
  }: {
    store: OpenedStore;
    recent: RecentChannels;
    timezone: string;
    writing: PostParts & BatchParts & AccessParts & { removal: Removal; renaming: Renaming };
    post: HotRoute['answer'];
    readPositions: ReadPositions;
    bus: Pick<Bus, 'publishOnce'>;
  },
): void {
  const { metrics, renaming } = writing;
  router
    .route(logPaths(''))
    .get(listChannels(store, recent, metrics))
    .post(postBatch(writing))
    .all(methodsAllowed('GET', 'HEAD', 'POST'));
  router
    .route(logPaths('/:channel'))
    .get(getTranscript(store, { timezone, metrics, renaming }))
    .post((request, response) =>
      post(request, response, { parameter: String(request.params.channel), query: request.query }),
    )
    .delete(deleteChannel(writing))
    .all(methodsAllowed('GET', 'HEAD', 'POST', 'DELETE'));
  router
    .route(logPaths('/:channel/events'))
    .get(getEvents(store, { metrics, renaming }))
    .all(methodsAllowed('GET', 'HEAD'));
  router
    .route(logPaths('/:channel/events/:seq'))
    .patch(patchEvent(writing))
    .delete(deleteEvent(writing))
    .all(methodsAllowed('PATCH', 'DELETE'));
  router
    .route(logPaths('/:channel/events/:seq/vote'))
    .put(putVote(writing))
    .all(methodsAllowed('PUT'));
  router
    .route(logPaths('/:channel/events/:seq/reactions/:emoji'))
    .put(react(true, writing))
    .delete(react(false, writing))
    .all(methodsAllowed('PUT', 'DELETE'));
  router
    .route(logPaths('/:channel/closed'))
    .put(closeChannel('close', writing))
    .delete(closeChannel('reopen', writing))
    .all(methodsAllowed('PUT', 'DELETE'));
  router
    .route(logPaths('/:channel/archived'))
    .put(archiveChannel(writing))
    .all(methodsAllowed('PUT'));
  router.route(logPaths('/:channel/name')).put(renameChannel(writing)).all(methodsAllowed('PUT'));
  router
    .route(logPaths('/:channel/read'))
    .get(getReadPosition(store.readPositions, renaming))
    .put(putReadPosition(readPositions, writing))
    .all(methodsAllowed('GET', 'HEAD', 'PUT'));
  const muting = { ...writing, store, bus };
  router
    .route(logPaths('/:channel/muted'))
    .get(listMuted(muting))
    .all(methodsAllowed('GET', 'HEAD'));
  router
    .route(logPaths('/:channel/muted/:name'))
    .put(muteAccount(muting))
    .delete(unmuteAccount(muting))
    .all(methodsAllowed('PUT', 'DELETE'));
  addAccessRoutes(router, writing);
}
