import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { ChatMessage } from '@parley/contract/events/event.ts';
import type { EventsPage } from '@parley/contract/events/events-page.ts';
import { encodeEventFrame, encodeHelloFrame } from '@parley/contract/streams/sse.ts';
import { EventSource as NodeEventSource } from 'eventsource';
import type { LeadPatience } from './lead-watch.ts';
import { SharedStream, sharedStreamName } from './shared-stream.ts';
import type { TabNotes } from './tab-note.ts';

const skip = navigator.locks ? false : 'this Node has no Web Locks';
let channels = 0;

/** A channel on a server: its log, its pages, its stream and its connected readers. */
async function openChannel(t: TestContext) {
  channels += 1;
  const channel = `tabs-${channels}`;
  let epoch = 'e1';
  let log: ChatMessage[] = [];
  const readers = new Set<ServerResponse>();
  const hello = () => ({
    server: 's',
    channel,
    epoch: log.length ? epoch : null,
    head: log.length,
  });
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://parley');
    const position = searchParams.get('lastEventId') ?? request.headers['last-event-id'];
    const after = Number(position?.toString().split(':')[1] ?? Math.max(0, log.length - 3));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`retry: 5\n\n${encodeHelloFrame(hello() as never)}`);
    for (const event of log.slice(after)) response.write(encodeEventFrame(event));
    readers.add(response);
    response.on('close', () => readers.delete(response));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const page = (events: ChatMessage[], next: number | null): EventsPage => ({
    ...hello(),
    events,
    next,
  });
  return {
    channel,
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    readers,
    post: () => {
      const seq = log.length + 1;
      const event = messageOf(channel, epoch, seq);
      log.push(event);
      for (const reader of readers) reader.write(encodeEventFrame(event));
    },
    replace: () => {
      epoch = 'e2';
      log = [];
    },
    log: {
      newest: async (before: number, limit: number) =>
        page(log.filter(({ seq }) => seq < before).slice(-limit), null),
      after: async (seq: number, limit: number) => page(log.slice(seq, seq + limit), null),
    },
  };
}

function messageOf(channel: string, epoch: string, seq: number): ChatMessage {
  return {
    channel,
    epoch,
    seq,
    id: `${epoch}:${seq}`,
    kind: 'message',
    up: 0,
    down: 0,
    at: '2025-11-20T10:00:00.000Z',
    username: 'omri',
    message: `m${seq}`,
  };
}

type Server = Awaited<ReturnType<typeof openChannel>>;

interface TabOptions {
  locks?: LockManager | undefined;
  /** Drops or changes notes of the other tabs. */
  notes?: (notes: BroadcastChannel) => TabNotes;
  patience?: LeadPatience;
}

/** A tab that reads the channel, and the ids that it received. */
function openTab(t: TestContext, server: Server, options: TabOptions = {}) {
  const { locks = navigator.locks, notes = (plain) => plain as unknown as TabNotes } = options;
  const received: string[] = [];
  const changes = new EventEmitter();
  const receive = (what: string) => {
    received.push(what);
    changes.emit('received');
  };
  const stream = new SharedStream({
    channel: server.channel,
    base: server.base,
    log: server.log,
    notes: notes(new BroadcastChannel(sharedStreamName(server.channel))),
    locks: 'locks' in options ? options.locks : locks,
    last: 3,
    openSource: (url) => new NodeEventSource(url) as unknown as EventSource,
    retry: { minMs: 5, maxMs: 20 },
    patience: options.patience ?? { silenceMs: 300, answerMs: 200 },
    listener: {
      onEvent: ({ id }) => receive(id),
      onRestart: () => receive('restart'),
      onHello: () => changes.emit('received'),
      onStatus: ({ state }) => state === 'reconnecting' && receive(state),
      onPresence: () => {},
      onRefused: () => {},
      onExpired: () => {},
    },
  });
  t.after(() => stream.close());
  const until = async (what: () => boolean) => {
    while (!what()) await once(changes, 'received');
  };
  return { stream, received, until, has: (id: string) => until(() => received.includes(id)) };
}

const ids = (...seqs: number[]) => seqs.map((seq) => `e1:${seq}`);

test('many tabs share one connection, and each receives every event once', { skip }, async (t) => {
  const server = await openChannel(t);
  for (let i = 0; i < 5; i++) server.post();
  const first = openTab(t, server);
  await first.has('e1:5');
  const others = [openTab(t, server), openTab(t, server)];
  await Promise.all(others.map((tab) => tab.has('e1:5')));
  server.post();
  await Promise.all([first, ...others].map((tab) => tab.has('e1:6')));
  assert.equal(server.readers.size, 1);
  for (const { received } of [first, ...others]) assert.deepEqual(received, ids(3, 4, 5, 6));
  assert.deepEqual(
    [first, ...others].map(({ stream }) => stream.leads),
    [true, false, false],
  );
});

test('when the leader tab is closed, another continues from its position', { skip }, async (t) => {
  const server = await openChannel(t);
  server.post();
  const first = openTab(t, server);
  await first.has('e1:1');
  const second = openTab(t, server);
  await second.has('e1:1');
  first.stream.close();
  server.post();
  await second.has('e1:2');
  server.post();
  await second.has('e1:3');
  assert.deepEqual(second.received, ids(1, 2, 3));
  assert.equal(second.stream.leads, true);
});

test('a tab that is about to be frozen hands over the lead, and follows after it wakes', {
  skip,
}, async (t) => {
  const server = await openChannel(t);
  const first = openTab(t, server);
  server.post();
  await first.has('e1:1');
  const second = openTab(t, server);
  await second.has('e1:1');
  first.stream.rest();
  await second.until(() => second.stream.leads);
  first.stream.wake();
  server.post();
  await Promise.all([first, second].map((tab) => tab.has('e1:2')));
  assert.equal(server.readers.size, 1);
  assert.deepEqual(first.received, ids(1, 2));
});

test('a leader that has gone silent loses the lead', { skip }, async (t) => {
  const server = await openChannel(t);
  let mute = false;
  const first = openTab(t, server, { notes: (notes) => muted(notes, () => mute) });
  server.post();
  await first.has('e1:1');
  const second = openTab(t, server);
  await second.has('e1:1');
  mute = true;
  server.post();
  await second.has('e1:2');
  assert.equal(second.stream.leads, true);
  mute = false;
  server.post();
  await Promise.all([first, second].map((tab) => tab.has('e1:3')));
  assert.equal(first.stream.leads, false, 'the silent tab knows that it lost the lead');
  assert.deepEqual(second.received, ids(1, 2, 3));
  assert.deepEqual(first.received, ids(1, 2, 3));
});

test('events that are lost between tabs are fetched from the log', { skip }, async (t) => {
  const server = await openChannel(t);
  const first = openTab(t, server);
  server.post();
  await first.has('e1:1');
  let lost = 0;
  let deaf = false;
  const notes = (plain: BroadcastChannel) => deafened(plain, () => deaf && ++lost > 0);
  const second = openTab(t, server, { notes });
  await second.has('e1:1');
  deaf = true;
  server.post();
  server.post();
  while (lost < 2) await new Promise(setImmediate);
  deaf = false;
  server.post();
  await second.has('e1:4');
  assert.deepEqual(second.received, ids(1, 2, 3, 4));
});

test('a new log replaces the old one in every tab', { skip }, async (t) => {
  const server = await openChannel(t);
  const first = openTab(t, server);
  server.post();
  await first.has('e1:1');
  const second = openTab(t, server);
  await second.has('e1:1');
  server.replace();
  server.post();
  await second.has('e2:1');
  assert.deepEqual(second.received, ['e1:1', 'restart', 'e2:1']);
});

test('without Web Locks the tabs agree on a leader by notes', async (t) => {
  const server = await openChannel(t);
  server.post();
  const patience = { silenceMs: 60_000, answerMs: 1000 };
  const tabs = [1, 2, 3].map(() => openTab(t, server, { locks: undefined, patience }));
  await Promise.all(tabs.map((tab) => tab.has('e1:1')));
  server.post();
  await Promise.all(tabs.map((tab) => tab.has('e1:2')));
  const leader = tabs.find(({ stream }) => stream.leads);
  const others = tabs.filter((tab) => tab !== leader);
  assert.deepEqual(
    others.map(({ stream }) => stream.leads),
    [false, false],
  );
  leader?.stream.close();
  server.post();
  await Promise.all(others.map((tab) => tab.has('e1:3')));
  for (const { received } of others) assert.deepEqual(received, ids(1, 2, 3));
  assert.equal(others.filter(({ stream }) => stream.leads).length, 1);
});

/** Notes of a tab that neither sends nor receives while `is` is true, like a frozen one. */
function muted(notes: BroadcastChannel, is: () => boolean): TabNotes {
  return {
    postMessage: (note) => is() || notes.postMessage(note),
    addEventListener: deafened(notes, is).addEventListener,
    close: () => notes.close(),
  };
}

/** Notes of a tab that receives nothing while `is` is true. */
function deafened(notes: BroadcastChannel, is: () => boolean): TabNotes {
  return {
    postMessage: (note) => notes.postMessage(note),
    addEventListener: (type, listener) =>
      notes.addEventListener(type, (event) => is() || listener(event as never)),
    close: () => notes.close(),
  };
}
