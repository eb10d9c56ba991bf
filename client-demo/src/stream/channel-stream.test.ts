import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { ChatEvent } from '@parley/contract/events/event.ts';
import type { EventsPage } from '@parley/contract/events/events-page.ts';
import {
  decodeEventFrame,
  encodeEventFrame,
  encodeHelloFrame,
  encodeResetFrame,
} from '@parley/contract/streams/sse.ts';
import { until as waitUntil } from '@parley/testkit/until.ts';
import { EventSource as NodeEventSource } from 'eventsource';
import type { Position } from '../history/position.ts';
import { ChannelStream, type StreamStatus } from './channel-stream.ts';

function frame(seq: number, epoch = 'e1'): string {
  const event: ChatEvent = {
    channel: 'general',
    epoch,
    seq,
    id: `${epoch}:${seq}`,
    kind: 'message',
    at: '2025-11-20T10:00:00.000Z',
    username: 'omri',
    message: `message ${seq}`,
    up: 0,
    down: 0,
  };
  return encodeEventFrame(event);
}

function hello(head: number, epoch: string | null = 'e1'): string {
  const stream = 'i.s';
  return encodeHelloFrame({ server: 'broadcast-1', channel: 'general', epoch, head, stream });
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

function stream(...frames: string[]): Answer {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(['retry: 5\n\n', ...frames].join(''));
  };
}

/** Sends the frames, then drops the connection. */
function cut(...frames: string[]): Answer {
  return (response, request) => {
    stream(...frames)(response, request);
    setTimeout(() => response.destroy(), 20);
  };
}

function status(code: number): Answer {
  return (response) => response.writeHead(code).end();
}

/** A broadcast server that gives the answers in turn, and the stream of a page that reads it. */
async function openStream(t: TestContext, ...answers: Answer[]) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const answer = answers[asked.length] ?? status(204);
    const { searchParams } = new URL(request.url ?? '', 'http://parley');
    assert.equal(searchParams.get('heartbeat'), 'event');
    assert.equal(searchParams.get('untyped'), '1');
    searchParams.delete('heartbeat');
    searchParams.delete('untyped');
    asked.push(request.headers['last-event-id']?.toString() ?? searchParams.toString());
    answer(response, request);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  let head: Position | undefined;
  let pages = (_: number): EventsPage => {
    throw new TypeError('the server does not answer');
  };
  const received: string[] = [];
  const statuses: StreamStatus[] = [];
  const changes = new EventEmitter();
  const receive = (what: string) => {
    received.push(what);
    changes.emit('received');
  };
  const channelStream = new ChannelStream({
    channel: 'general',
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    openSource: (url) => new NodeEventSource(url) as unknown as EventSource,
    retry: { minMs: 5, maxMs: 20 },
    streamPatience: { openMs: 300, beatMs: 20, doubtMs: 20 },
    pollMs: 20,
    readAfter: async (seq) => pages(seq),
    fetchHead: async () => {
      if (head) return head;
      throw new TypeError('the server does not answer');
    },
    listener: {
      onEvent: ({ id }) => receive(id),
      onHello: ({ head }) => receive(`hello ${head}`),
      onRestart: () => receive('restart'),
      onRefused: () => receive('refused'),
      onPresence: ({ here }) => receive(`here ${here}`),
      onExpired: () => receive('expired'),
      onStatus: (next) => {
        statuses.push(next);
        receive(next.state);
      },
    },
  });
  t.after(() => {
    channelStream.close();
    server.closeAllConnections();
    server.close();
  });
  const until = async (what: string) => {
    while (!received.includes(what)) await once(changes, 'received');
  };
  const pagesAre = (next: typeof pages) => {
    pages = next;
  };
  const headIs = (position: Position) => {
    head = position;
  };
  return { received, statuses, asked, until, channelStream, headIs, pagesAre };
}

test('a dropped connection resumes after the last event, counts the missed ones, and repeats none', async (t) => {
  const { received, statuses, asked, until } = await openStream(
    t,
    cut(hello(2), frame(1), frame(2)),
    stream(hello(4), frame(2), frame(3), frame(4)),
  );
  await until('resumed');
  assert.deepEqual(asked, ['last=50', 'e1:2']);
  assert.deepEqual(received, [
    'hello 2',
    'live',
    'e1:1',
    'e1:2',
    'reconnecting',
    'hello 4',
    'e1:3',
    'e1:4',
    'resumed',
  ]);
  const resumed = statuses.at(-1);
  assert.equal(resumed?.state === 'resumed' && resumed.missed, 2);
});

test('an answer that makes EventSource give up is followed by a new connection at the same position', async (t) => {
  const { statuses, asked, until } = await openStream(
    t,
    cut(hello(1), frame(1)),
    status(502),
    status(502),
    stream(hello(2), frame(2)),
  );
  await until('e1:2');
  assert.deepEqual(asked, ['last=50', 'e1:1', 'lastEventId=e1%3A1', 'lastEventId=e1%3A1']);
  assert.deepEqual(
    statuses.map(({ state }) => state),
    ['live', 'reconnecting', 'resumed'],
    'one outage for all the attempts',
  );
});

test('a position that the server cannot resume brings the newest history in place of the old one', async (t) => {
  const { received, asked, until } = await openStream(
    t,
    cut(hello(9), frame(9)),
    stream(hello(2, 'e2'), encodeResetFrame({ reason: 'epoch', history: '/chat/general/events' })),
    stream(hello(2, 'e2'), frame(1, 'e2'), frame(2, 'e2')),
  );
  await until('e2:2');
  assert.deepEqual(asked, ['last=50', 'e1:9', 'last=50']);
  const afterReset = received.slice(received.lastIndexOf('reconnecting') + 1);
  assert.deepEqual(afterReset, ['restart', 'hello 2', 'live', 'e2:1', 'e2:2']);
});

test('the first events of an empty channel count as missed when they came during an outage', async (t) => {
  const { statuses, until } = await openStream(
    t,
    cut(hello(0, null)),
    stream(hello(2), frame(1), frame(2)),
  );
  await until('e1:2');
  const resumed = statuses.at(-1);
  assert.equal(resumed?.state === 'resumed' && resumed.missed, 2);
});

test('a stream that never opened reports a refusal and keeps trying', async (t) => {
  const { received, until } = await openStream(t, status(502), stream(hello(1), frame(1)));
  await until('e1:1');
  assert.deepEqual(received, ['reconnecting', 'refused', 'hello 1', 'live', 'e1:1']);
});

test('votes, presence and the end of a token arrive as named events, and votes move the position', async (t) => {
  const vote = '{"kind":"vote","epoch":"e1","seq":2,"id":"e1:2","ref":1,"up":1,"down":0}';
  const { asked, until } = await openStream(
    t,
    cut(
      hello(2),
      frame(1),
      `id: e1:2\nevent: vote\ndata: ${vote}\n\n`,
      'event: presence\ndata: {"here":["ada"],"named":1,"guests":0}\n\n',
      'event: presence\ndata: {"joined":["omri"],"left":[],"named":2,"guests":0}\n\n',
      'event: expired\ndata: {}\n\n',
    ),
    stream(hello(2)),
  );
  for (const what of ['e1:2', 'here ada', 'here ada,omri', 'expired', 'resumed']) await until(what);
  assert.deepEqual(asked, ['last=50', 'e1:2']);
});

test('a vote during an outage does not count as a missed message', async (t) => {
  const vote = '{"kind":"vote","epoch":"e1","seq":3,"id":"e1:3","ref":1,"up":1,"down":0}';
  const { statuses, until } = await openStream(
    t,
    cut(hello(1), frame(1)),
    stream(hello(3), frame(2), `id: e1:3\nevent: vote\ndata: ${vote}\n\n`),
  );
  await until('resumed');
  const resumed = statuses.at(-1);
  assert.equal(resumed?.state === 'resumed' && resumed.missed, 1);
});

const HEARTBEAT = 'event: heartbeat\ndata: {}\n\n';

test('a connection without heartbeats is replaced at the same position', async (t) => {
  const { received, asked, until } = await openStream(
    t,
    stream(hello(1), frame(1), HEARTBEAT),
    stream(hello(2), frame(2)),
  );
  await until('e1:2');
  assert.deepEqual(asked, ['last=50', 'lastEventId=e1%3A1']);
  assert.deepEqual(received, [
    'hello 1',
    'live',
    'e1:1',
    'reconnecting',
    'hello 2',
    'e1:2',
    'resumed',
  ]);
});

test('a connection that never opens is replaced', async (t) => {
  const { asked, until } = await openStream(t, () => {}, stream(hello(1), frame(1)));
  await until('e1:1');
  assert.equal(asked.length, 2);
});

test('a connection that does not bring the event of a receipt is replaced', async (t) => {
  const { asked, until, channelStream } = await openStream(
    t,
    stream(hello(1), frame(1)),
    stream(hello(2), frame(2)),
  );
  await until('e1:1');
  channelStream.expect({ epoch: 'e1', seq: 1 });
  channelStream.expect({ epoch: 'e1', seq: 2 });
  await until('e1:2');
  assert.deepEqual(asked, ['last=50', 'lastEventId=e1%3A1']);
});

test('look() finds a dead connection: the log has more, or the server does not answer', async (t) => {
  const { asked, until, channelStream, headIs } = await openStream(
    t,
    stream(hello(1), frame(1)),
    stream(hello(2), frame(2)),
    stream(hello(3), frame(3)),
  );
  await until('e1:1');
  await channelStream.look();
  await until('e1:2');
  headIs({ epoch: 'e1', seq: 3 });
  await channelStream.look();
  await until('e1:3');
  assert.deepEqual(asked, ['last=50', 'lastEventId=e1%3A1', 'lastEventId=e1%3A2']);
});

test('a change of the network opens a new connection', async (t) => {
  const { asked, until, channelStream } = await openStream(
    t,
    stream(hello(1), frame(1)),
    stream(hello(1)),
  );
  await until('e1:1');
  channelStream.networkChanged();
  await until('resumed');
  assert.deepEqual(asked, ['last=50', 'lastEventId=e1%3A1']);
});

function page(epoch: string, ...seqs: number[]): EventsPage {
  const events = seqs.map((seq) => decodeEventFrame(frame(seq, epoch).trimEnd()));
  return { channel: 'general', epoch, head: seqs.at(-1) ?? 1, events, next: null };
}

test('a parked stream closes its connection and polls the log until it is needed again', async (t) => {
  let open = 0;
  const counted =
    (answer: Answer): Answer =>
    (response, request) => {
      open += 1;
      response.on('close', () => open--);
      answer(response, request);
    };
  const { received, asked, until, channelStream, pagesAre } = await openStream(
    t,
    counted(stream(hello(1), frame(1))),
    counted(stream(hello(4), frame(4))),
  );
  await until('e1:1');
  pagesAre((seq) => page('e1', ...[2, 3].filter((next) => next > seq)));
  channelStream.park(true);
  await until('e1:3');
  await waitUntil('the connection is closed', () => open === 0);
  channelStream.park(false);
  await until('e1:4');
  assert.equal(open, 1);
  assert.deepEqual(asked, ['last=50', 'lastEventId=e1%3A3']);
  assert.deepEqual(
    received.filter((what) => what.startsWith('e1:')),
    ['e1:1', 'e1:2', 'e1:3', 'e1:4'],
  );
});

test('a parked stream whose log was replaced starts again with the new log', async (t) => {
  const { until, channelStream, pagesAre } = await openStream(
    t,
    stream(hello(1), frame(1)),
    stream(hello(1, 'e2'), frame(1, 'e2')),
  );
  await until('e1:1');
  pagesAre(() => page('e2', 1));
  channelStream.park(true);
  await until('e2:1');
});

test('a parked stream without answers reports it, and goes on', async (t) => {
  const { until, channelStream, pagesAre } = await openStream(t, stream(hello(1), frame(1)));
  await until('e1:1');
  channelStream.park(true);
  await until('reconnecting');
  pagesAre((seq) => page('e1', ...[2].filter((next) => next > seq)));
  await until('resumed');
});
