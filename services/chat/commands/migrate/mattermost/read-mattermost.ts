import { PlainError } from '@parley/kit/plain-error.ts';
import { z } from 'zod';
import type { Archive, ArchivedFile } from '../archive/archive.ts';
import { readJsonLines } from '../archive/read-elements.ts';
import type { Intake } from '../intake.ts';
import { LEFT_OUT, type ReadOptions, requireFewChannels } from '../options.ts';
import { openPersonNames, type PersonNames } from '../person-names.ts';
import type { ChannelReport } from '../report.ts';
import { authorOf, filesOf, reactionsOf, textOf } from './mattermost-post.ts';
import { lineSchema, OTHER_LINES, type Post, type PostWithReplies } from './mattermost-schema.ts';

const VERSION = 1;
const SAME_TIME_MAX = 100;

/** The state of one read: what the lines before named. */
interface Reading {
  intake: Intake;
  options: ReadOptions;
  people: PersonNames;
  teams: Set<string>;
  /** Channels by team and name, and direct conversations by members; false where they are left out. */
  channels: Map<string, ChannelReport | false>;
}

/**
 * Reads a bulk export of Mattermost, a zip, its unpacked folder or the file of lines in it, into the
 * intake. Resolves with its channels.
 * @throws PlainError for a file that is not such an export
 */
export async function readMattermost(
  archive: Archive,
  intake: Intake,
  options: ReadOptions,
): Promise<ChannelReport[]> {
  const people = openPersonNames();
  const reading: Reading = { intake, options, people, teams: new Set(), channels: new Map() };
  let first = true;
  for await (const { path, read } of linesFiles(archive)) {
    const where = archive.name.endsWith(path) ? archive.name : `${archive.name}: ${path}`;
    for await (const [value, number] of readJsonLines(read(), where)) {
      readLine(value, { first, where, number, reading });
      first = false;
      options.progress();
    }
  }
  if (first) throw new PlainError(`${archive.name}: it has no lines of Mattermost (import.jsonl)`);
  return [...reading.channels.values()].filter((channel) => channel !== false);
}

/** The one file of lines, at the root of the archive or in the folder that was zipped. */
async function* linesFiles(archive: Archive): AsyncGenerator<ArchivedFile> {
  let found: string | undefined;
  for await (const file of archive.files()) {
    const isSingle = archive.name.endsWith(file.path);
    if (!isSingle && !/^(?!__MACOSX)(?:[^/]+\/)?[^/.][^/]*\.jsonl$/.test(file.path)) continue;
    if (found !== undefined) {
      throw new PlainError(
        `${archive.name}: it has several files of lines: ${found}, ${file.path}`,
      );
    }
    found = file.path;
    yield file;
  }
}

interface Line {
  first: boolean;
  where: string;
  number: number;
  reading: Reading;
}

function readLine(value: unknown, { first, where, number, reading }: Line): void {
  const { type } = z.object({ type: z.string() }).catch({ type: '' }).parse(value);
  const { success, data: line, error } = lineSchema.safeParse(value);
  if (first && !(success && line.type === 'version' && line.version === VERSION)) {
    throw new PlainError(
      `${where}:${number}: not a bulk export of Mattermost: its first line is not {"type":"version","version":${VERSION}}`,
    );
  }
  const { intake, people, teams } = reading;
  if (!success) {
    if (OTHER_LINES.has(type)) return;
    const kind = ['post', 'direct_post'].includes(type) ? 'entries that are not posts' : OTHERS;
    intake.report.leaveOut(kind, `line ${number} ${error.issues[0]?.path.join('.')} (${type})`);
    return;
  }
  switch (line.type) {
    case 'version':
      return;
    case 'team':
      teams.add(line.team.name);
      return;
    case 'channel':
      addChannel(line.channel, reading);
      return;
    case 'user':
      people.add(line.user.username, [line.user.username]);
      return;
    case 'post':
      addPost(channelOf(line.post, reading), line.post, reading);
      return;
    case 'direct_post':
      addPost(directChannelOf(line.direct_post, reading), line.direct_post, reading);
  }
}

const OTHERS = 'lines of a kind that is not known';

interface Channel {
  team: string;
  name: string;
  type?: string | null | undefined;
}

function addChannel({ team, name, type }: Channel, reading: Reading): ChannelReport | false {
  const { channels, options, teams, intake } = reading;
  const id = `${team}/${name}`;
  const known = channels.get(id);
  if (known !== undefined) return known;
  // The teams come before the channels. Each has a channel town-square.
  const source = teams.size > 1 ? `${team}.${name}` : name;
  const isPrivate = type === 'P';
  const isWanted = !isPrivate || options.private;
  if (!isWanted) intake.report.leaveOut(LEFT_OUT.private, source);
  const channel = isWanted && newChannel(source, isPrivate, options);
  channels.set(id, channel);
  requireFewChannels(channels.size);
  return channel;
}

function newChannel(source: string, isPrivate: boolean, { nameFor }: ReadOptions): ChannelReport {
  return { source, name: nameFor(source), private: isPrivate, messages: 0 };
}

function channelOf(post: { team: string; channel: string }, reading: Reading) {
  return addChannel({ team: post.team, name: post.channel }, reading);
}

function directChannelOf({ channel_members }: { channel_members: string[] }, reading: Reading) {
  const { channels, options, intake } = reading;
  const source = ['dm', ...channel_members.toSorted()].join('-');
  // No channel of a team has a space in its name.
  const id = `direct ${source}`;
  const known = channels.get(id);
  if (known !== undefined) return known;
  if (!options.direct) intake.report.leaveOut(LEFT_OUT.direct, source);
  const channel = options.direct && newChannel(source, true, options);
  channels.set(id, channel);
  requireFewChannels(channels.size);
  return channel;
}

function addPost(channel: ChannelReport | false, post: PostWithReplies, reading: Reading): void {
  if (channel === false) return;
  const root = add(channel, post, null, reading);
  for (const reply of post.replies ?? []) add(channel, reply, root, reading);
}

/** Adds a post or a reply, and returns its id. */
function add(channel: ChannelReport, post: Post, root: string | null, reading: Reading): string {
  const { intake, people } = reading;
  const { create_at: at, user } = post;
  const id = `${at} ${user}`;
  if (post.type?.startsWith('system_')) {
    intake.leaveOut('notices such as joins and headers', { channel, at, what: post.type });
    return id;
  }
  const username = authorOf(post, people);
  const reactions = reactionsOf(post);
  const content = { text: textOf(post), files: filesOf(post), reactions };
  const message = { channel, at, username, ...content, root };
  // An export has no ids of posts. A program can post several times in a millisecond.
  for (let n = 1; n <= SAME_TIME_MAX; n++) {
    const own = n === 1 ? id : `${id} #${n}`;
    if (intake.add({ ...message, id: own })) return own;
  }
  intake.leaveOut(`posts after ${SAME_TIME_MAX} of one person in a millisecond`, { channel, at });
  return id;
}
