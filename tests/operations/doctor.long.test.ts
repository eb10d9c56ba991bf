import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import {
  makeCertificate,
  type SignedCertificate,
} from '@parley/testkit/credentials/certificates.ts';
import { type Edit, type FrontDoor, startFrontDoor } from '@parley/testkit/processes/front-door.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { CHECKS } from '../../tools/doctor/checks.ts';
import { examine } from '../../tools/doctor/examine.ts';
import type { Verdict, Visit } from '../../tools/doctor/verdict.ts';

const options = needs('nginx');
const stack = new AsyncDisposableStack();
let parley: Running;
/** A chat in its own process, whose tickets a broadcast elsewhere redeems. */
let chat: Running;
let folder: string;

before(async () => {
  if (options.skip) return;
  folder = stack.use(await temporaryFolder()).path;
  parley = stack.use(
    await start('services/standalone', {
      DATA_DIR: folder,
      TRUSTED_PROXIES: 'loopback',
      ALLOWED_HOSTS: 'other.example',
    }),
  );
  const broker = stack.use(await start('broker', {}));
  chat = stack.use(
    await start('services/chat', {
      MQTT_URL: broker.ready.mqtt ?? '',
      STORE_URL: `sqlite:${join(folder, 'chat.db')}`,
      TOKEN_KEY_FILE: join(folder, 'token.key'),
    }),
  );
});
after(() => stack.disposeAsync());

/** The shipped configuration in front of Parley, changed by `edits`. */
function openDoor(
  edits: Edit[],
  { certificate, chatUrl = parley.url }: { certificate?: SignedCertificate; chatUrl?: string } = {},
): Promise<FrontDoor> {
  return startFrontDoor({
    chat: chatUrl,
    broadcast: parley.url,
    edits,
    ...(certificate && { certificate }),
  });
}

/** The findings of the named checks; of all checks if none is named. */
async function findings(
  url: string,
  visit: Partial<Visit>,
  ...names: string[]
): Promise<Record<string, Verdict>> {
  const whole: Visit = {
    url: new URL(url),
    channel: 'doctor-test',
    idleSeconds: 2,
    insecure: false,
    ca: undefined,
    token: undefined,
    ...visit,
  };
  const found: Record<string, Verdict> = {};
  const checks = CHECKS.filter(({ name }) => names.length === 0 || names.includes(name));
  for await (const { name, verdict } of examine(whole, checks)) found[name] = verdict;
  return found;
}

function wrongOnes(found: Record<string, Verdict>): string[] {
  return Object.keys(found).filter((name) => found[name]?.kind === 'wrong');
}

async function runDoctor(args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, ['tools/doctor/main.ts', ...args]);
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await once(child, 'close');
  return { code, output: (await output).join('') };
}

test(
  'on the shipped configuration the doctor finds nothing wrong, and exits 0',
  options,
  async () => {
    await using door = await openDoor([]);
    const caFile = join(folder, 'ca.crt');
    await writeFile(caFile, door.ca);
    const { code, output } = await runDoctor([door.url, '--ca', caFile, '--idle', '2']);
    assert.equal(code, 0, output);
    assert.match(output, /posting to channel doctor-[0-9a-f]{8}/);
    assert.match(output, /^ok {5}HTTP version {2}HTTP\/2$/m);
    assert.match(output, /^ok {5}WebSocket {5}the upgrade goes through$/m);
    assert.match(output, /Nothing is wrong\.\n$/);
  },
);

test(
  'a fault is reported with its reason and the line that fixes it, and the doctor exits 1',
  options,
  async () => {
    await using door = await openDoor([
      { file: 'site/listen-tls.conf', from: /http2( on;)?/, to: '' },
    ]);
    const { code, output } = await runDoctor([door.url, '--insecure', '--idle', '1']);
    assert.equal(code, 1);
    assert.match(
      output,
      /^WRONG {2}HTTP version {2}HTTP\/1\.1 only\n +why: .+\n +fix: nginx: http2 on;/m,
    );
    assert.match(output, /its authority is not checked \(--insecure\)/);
    assert.match(output, /\nWrong: HTTP version\.\n$/);
  },
);

test('without a server at the address the doctor reports it in one line', options, async () => {
  const { code, output } = await runDoctor(['http://127.0.0.1:1']);
  assert.equal(code, 1);
  assert.match(output, /no server answers at http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/);
  for (const args of [[], ['my.host'], ['https://a', '--idle', 'x'], ['https://a', '--what']]) {
    assert.equal((await runDoctor(args)).code, 2, args.join(' '));
  }
});

const NGINX_FAULTS: Record<string, { check: string; edits: Edit[]; says: RegExp }> = {
  'proxy_buffering on': {
    check: 'buffering',
    edits: [
      {
        file: 'stream.conf',
        from: 'proxy_buffering off;',
        to: 'proxy_ignore_headers X-Accel-Buffering;',
      },
    ],
    says: /did not begin|nothing of the stream came|was not there/,
  },
  'gzip for streams': {
    check: 'compression',
    edits: [
      { file: 'stream.conf', from: 'gzip off;', to: '' },
      { file: 'compression.conf', from: 'text/css', to: 'text/css text/event-stream' },
    ],
    says: /compressed \(gzip\)/,
  },
  'a short read timeout': {
    check: 'idle stream',
    edits: [{ file: 'stream.conf', from: '90s', to: '1s' }],
    says: /^cut after \d\.\d s/,
  },
  'a header that is dropped': {
    check: 'resume',
    edits: [
      {
        file: 'proxy.conf',
        from: 'proxy_set_header Forwarded "";',
        to: 'proxy_set_header Last-Event-ID "";',
      },
    ],
    says: /Last-Event-ID/,
  },
  'a path that is not passed on': {
    check: 'events',
    edits: [
      {
        file: 'routes.conf',
        from: 'location / {',
        to: 'location = /broadcast { return 404; }\nlocation / {',
      },
    ],
    says: /GET \/broadcast\?channel=.* was answered 404/,
  },
  'a query that is dropped': {
    check: 'resume',
    edits: [{ file: 'stream.conf', from: 'http://$broadcast', to: 'http://$broadcast$uri' }],
    says: /lastEventId/,
  },
  'a second Access-Control-Allow-Origin': {
    check: 'CORS',
    edits: [
      {
        file: 'headers.conf',
        from: /$/,
        to: 'add_header Access-Control-Allow-Origin *; add_header Access-Control-Allow-Origin *;',
      },
    ],
    says: /twice/,
  },
  'every origin allowed with cookies': {
    check: 'CORS',
    edits: [
      {
        file: 'headers.conf',
        from: /$/,
        to: 'add_header Access-Control-Allow-Origin $http_origin; add_header Access-Control-Allow-Credentials true;',
      },
    ],
    says: /any page can use a visitor's session/,
  },
  'another Host than that of the request': {
    check: 'WebSocket',
    edits: [
      {
        file: 'proxy.conf',
        from: /proxy_set_header Host .+;/,
        to: 'proxy_set_header Host other.example;',
      },
    ],
    says: /403 origin-refused/,
  },
  'a Host that the server does not know': {
    check: 'WebSocket',
    edits: [
      {
        file: 'proxy.conf',
        from: /proxy_set_header Host .+;/,
        to: 'proxy_set_header Host third.example;',
      },
    ],
    says: /421.*host-refused/,
  },
  'public metrics': {
    check: 'inside',
    edits: [
      { file: 'routes.conf', from: '(healthz|readyz|metrics|', to: '(' },
      // Parley shows them to no request with this header.
      { file: 'proxy.conf', from: /proxy_set_header X-Forwarded-For .+;/, to: '' },
    ],
    says: /^\/metrics is open \(200\)/,
  },
  'a scheme that is not passed on': {
    check: 'cookies',
    edits: [
      { file: 'proxy.conf', from: 'X-Forwarded-Proto $scheme', to: 'X-Forwarded-Proto http' },
    ],
    says: /^they are not Secure$/,
  },
  'cookies that are dropped': {
    check: 'cookies',
    edits: [{ file: 'to-chat.conf', from: /$/, to: 'proxy_hide_header Set-Cookie;' }],
    says: /^they do not get through$/,
  },
  'a policy that is dropped': {
    check: 'page policy',
    edits: [{ file: 'to-chat.conf', from: /$/, to: 'proxy_hide_header Content-Security-Policy;' }],
    says: /^there is no Content-Security-Policy$/,
  },
};

for (const [fault, { check, edits, says }] of Object.entries(NGINX_FAULTS)) {
  test(`an nginx with ${fault} is found by the check of ${check}`, options, async () => {
    await using door = await openDoor(edits);
    const found = await findings(door.url, { ca: door.ca }, check);
    assert.deepEqual(wrongOnes(found), [check]);
    assert.match(found[check]?.says ?? '', says);
  });
}

test('an nginx with public tickets is found by the check of inside', options, async () => {
  const edits = [{ file: 'routes.conf', from: '|tickets/redeem)', to: ')' }];
  await using door = await openDoor(edits, { chatUrl: chat.url });
  const { inside } = await findings(door.url, { ca: door.ca }, 'inside');
  assert.deepEqual([inside?.kind, inside?.says], ['wrong', '/tickets/redeem is open']);
});

const CERTIFICATE_FAULTS: Record<string, { name: string; daysLeft: number; says: RegExp }> = {
  'that expired': { name: 'localhost', daysLeft: -2, says: /^it expired on/ },
  'that soon ends': { name: 'localhost', daysLeft: 5.5, says: /^it expires in 5 days/ },
  'for another host': { name: 'other.example', daysLeft: 100, says: /not for localhost, but/ },
};

for (const [fault, { name, daysLeft, says }] of Object.entries(CERTIFICATE_FAULTS)) {
  test(
    `a certificate ${fault} is found, and everything else is still checked`,
    options,
    async () => {
      await using door = await openDoor([], { certificate: await makeCertificate(name, daysLeft) });
      const found = await findings(door.url, { ca: door.ca });
      assert.deepEqual(wrongOnes(found), ['certificate']);
      assert.match(found.certificate?.says ?? '', says);
    },
  );
}

test('a certificate of an unknown authority, and none at all, are found', options, async () => {
  await using door = await openDoor([]);
  const { code, output } = await runDoctor([door.url, '--idle', '1']);
  assert.equal(code, 1);
  assert.match(output, /^WRONG {2}certificate {3}its authority is not trusted/m);
  const plain = await findings(parley.url, {});
  assert.deepEqual(wrongOnes(plain), ['certificate', 'inside']);
});

test('a wrong clock is found, with the name of the server', options, async () => {
  const ahead = 'data:text/javascript,const{now}=Date;Date.now=()=>now()+60000';
  await using parleyAhead = await start('services/standalone', {
    DATA_DIR: join(folder, 'ahead'),
    NODE_OPTIONS: `--import=${ahead}`,
  });
  const found = await findings(parleyAhead.url, {}, 'clock');
  const says = /^the clock of chat \(test\) is (59|60) s ahead of this machine's$/;
  assert.match(found.clock?.says ?? '', says);
});

for (const [what, edits, kind] of [
  ['goes through the shipped configuration', [], 'ok'],
  [
    'that the proxy does not pass on is found',
    [{ file: 'proxy.conf', from: 'Upgrade $websocket', to: 'Upgrade ""' }],
    'wrong',
  ],
] as const) {
  test(`a WebSocket ${what}`, options, async () => {
    const service = createServer((_request, response) => response.writeHead(426).end());
    service.on('upgrade', (_request, socket) => {
      socket.end(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      );
    });
    await once(service.listen(0, '127.0.0.1'), 'listening');
    const { port } = service.address() as { port: number };
    await using door = await startFrontDoor({
      chat: parley.url,
      broadcast: `http://127.0.0.1:${port}`,
      edits: [...edits],
    });
    const found = await findings(door.url, { ca: door.ca }, 'WebSocket');
    assert.equal(found.WebSocket?.kind, kind);
    service.close();
  });
}
