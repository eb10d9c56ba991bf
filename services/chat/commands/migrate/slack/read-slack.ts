import { PlainError } from '@parley/kit/plain-error.ts';
import type { z } from 'zod';
import type { Archive, ArchivedFile } from '../archive/archive.ts';
import { readElements } from '../archive/read-elements.ts';
import type { Intake } from '../intake.ts';
import { LEFT_OUT, type ReadOptions, requireFewChannels } from '../options.ts';
import { openPersonNames, type PersonNames } from '../person-names.ts';
import type { ChannelReport } from '../report.ts';
import { authorOf, filesOf, reactionsOf, textOf, timeOf, whyLeftOut } from './slack-message.ts';
import {
  type SlackChannel,
  slackChannelSchema,
  slackMessageSchema,
  slackUserSchema,
} from './slack-schema.ts';
import type { SlackNames } from './slack-text.ts';

/** The lists of an export, and the kind of what they list. */
const LISTS = new Map<string, Kind | 'users'>([
  ['channels.json', 'public'],
  ['groups.json', 'private'],
  ['mpims.json', 'direct'],
  ['dms.json', 'direct'],
  ['users.json', 'users'],
  ['org_users.json', 'users'],
]);
type Kind = 'public' | 'private' | 'direct';

/** `<folder of a channel>/<day>.json`. */
const DAY = /^([^/]+)\/\d{4}-\d{2}-\d{2}\.json$/;
/** What zip programs of other systems add. */
const FOREIGN = /^__MACOSX\/|(?:^|\/)\._/;

interface Lists {
  /** The folder in which the lists are, with `/` at its end, or nothing. */
  base: string;
  people: PersonNames;
  channels: (SlackChannel & { kind: Kind })[];
}

/**
 * Reads an export of Slack, a zip or its unpacked folder, into the intake. Resolves with its channels.
 * @throws PlainError for an archive that is not an export of Slack
 */
export async function readSlack(
  archive: Archive,
  intake: Intake,
  options: ReadOptions,
): Promise<ChannelReport[]> {
  const { base, people, channels } = await readLists(archive);
  const folders = new Map<string, ChannelReport>();
  const names = new Map<string, string>();
  const leftOut = new Set<string>();
  for (const { id, kind, name, members } of channels) {
    const folder = kind === 'direct' && !name ? id : name || id;
    if (kind !== 'public' && !options[kind]) {
      leftOut.add(folder).add(id);
      intake.report.leaveOut(LEFT_OUT[kind], folder);
      continue;
    }
    const source =
      name || ['dm', ...(members ?? []).map((each) => people.of(each) ?? each)].join('-');
    const channel = {
      source,
      name: options.nameFor(source),
      private: kind !== 'public',
      messages: 0,
    };
    // A direct conversation has the folder of its id.
    folders.set(folder, channel).set(id, channel);
    names.set(id, channel.name);
  }
  const known: SlackNames = { person: (id) => people.of(id), channel: (id) => names.get(id) };
  for await (const file of filesBelow(archive, base)) {
    const folder = DAY.exec(file.path)?.[1];
    if (folder === undefined || leftOut.has(folder)) continue;
    const channel = folders.get(folder);
    if (channel) await readDay(file, { archive, channel, people, known, intake, options });
    else intake.report.leaveOut('files of folders that are in no list of channels', file.path);
  }
  return [...new Set(folders.values())];
}

async function readLists(archive: Archive): Promise<Lists> {
  const base = await findBase(archive);
  const people = openPersonNames();
  const channels: Lists['channels'] = [];
  for await (const file of filesBelow(archive, base)) {
    const kind = LISTS.get(file.path);
    if (kind === undefined) continue;
    const where = `${archive.name}: ${file.path}`;
    for await (const element of readElements(file.read(), where)) {
      if (kind === 'users') {
        const { id, name, real_name, profile } = checked(slackUserSchema, element, where);
        people.add(id, [profile?.display_name, profile?.real_name, real_name, name]);
      } else {
        channels.push({ ...checked(slackChannelSchema, element, where), kind });
        requireFewChannels(channels.length);
      }
    }
  }
  // Zips may list files in any order; the names of channels must not depend on it.
  channels.sort((one, other) => (one.id < other.id ? -1 : 1));
  return { base, people, channels };
}

/** An export that was unpacked and zipped again may have a folder around it. */
async function findBase(archive: Archive): Promise<string> {
  for await (const { path } of archive.files()) {
    const base = /^((?:[^/]+\/)?)channels\.json$/.exec(path)?.[1];
    if (base !== undefined && !FOREIGN.test(path)) return base;
  }
  throw new PlainError(`${archive.name}: it has no channels.json, so it is not an export of Slack`);
}

async function* filesBelow(archive: Archive, base: string): AsyncGenerator<ArchivedFile> {
  for await (const { path, read } of archive.files()) {
    if (!path.startsWith(base) || FOREIGN.test(path)) continue;
    yield { path: path.slice(base.length), read };
  }
}

function checked<T>(schema: z.ZodType<T>, element: unknown, where: string): T {
  const { success, data } = schema.safeParse(element);
  if (success) return data;
  throw new PlainError(`${where}: not an entry of Slack: ${JSON.stringify(element)?.slice(0, 60)}`);
}

interface Day {
  archive: Archive;
  channel: ChannelReport;
  people: PersonNames;
  known: SlackNames;
  intake: Intake;
  options: ReadOptions;
}

async function readDay(
  { path, read }: ArchivedFile,
  { archive, channel, people, known, intake, options }: Day,
): Promise<void> {
  for await (const element of readElements(read(), `${archive.name}: ${path}`)) {
    options.progress();
    const { success, data: message } = slackMessageSchema.safeParse(element);
    if (!success) {
      intake.report.leaveOut('entries that are not messages', path);
      continue;
    }
    const { ts, thread_ts } = message;
    const at = timeOf(ts);
    const reason = whyLeftOut(message);
    if (reason !== undefined) {
      intake.leaveOut(reason, { channel, at, what: message.subtype ?? '' });
      continue;
    }
    const added = intake.add({
      channel,
      id: ts,
      at,
      username: authorOf(message, people),
      text: textOf(message, known),
      files: filesOf(message),
      root: thread_ts && thread_ts !== ts ? thread_ts : null,
      reactions: reactionsOf(message, at),
    });
    if (!added) intake.leaveOut('messages that the export has twice', { channel, at });
  }
}
