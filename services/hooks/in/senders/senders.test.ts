import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { test } from 'node:test';
import type { SenderRules } from '../../store/in-store.ts';
import { readDelivery } from '../delivery.ts';
import { postsOf, senderOf } from './senders.ts';
import { checkTemplate } from './template.ts';

const AUTO: SenderRules = { sender: 'auto', template: null, githubSecret: null };
const SAMPLES = new URL('../samples/', import.meta.url);
const JSON_TYPE = { 'content-type': 'application/json' };

function posts(headers: IncomingHttpHeaders, body: string | Buffer, rules = AUTO) {
  const delivery = readDelivery(headers, Buffer.from(body as string));
  const sender = senderOf(delivery, rules);
  return { sender, posts: postsOf(delivery, sender, rules) };
}

const json = (value: unknown, rules = AUTO) => posts(JSON_TYPE, JSON.stringify(value), rules).posts;

function sample(name: string) {
  const read = JSON.parse(readFileSync(new URL(`${name}.json`, SAMPLES), 'utf8'));
  const { headers, body, text, template = null } = read;
  return posts(headers, text ?? JSON.stringify(body), { ...AUTO, template });
}

/** The sender and the texts of each sample. */
const EXPECTED: Record<string, [sender: string, ...texts: string[]]> = {
  'alertmanager-firing': [
    'alertmanager',
    '🔴 FIRING: HighLoad (critical)\nweb-1 is busy\nThe load is above 8 for 10 minutes.\ninstance=web-1:9100, job=node\nsince 2026-11-30 04:51:02 UTC\nRunbook: https://runbooks.example.org/high-load\nhttp://prometheus.example.org/graph?g0.expr=node_load1+%3E+8&g0.tab=1',
    '🔴 FIRING: HighLoad (critical)\nweb-2 is busy\nThe load is above 8 for 10 minutes.\ninstance=web-2:9100, job=node\nsince 2026-11-30 04:51:02 UTC\nRunbook: https://runbooks.example.org/high-load\nhttp://prometheus.example.org/graph?g0.expr=node_load1+%3E+8&g0.tab=1',
  ],
  'alertmanager-resolved': [
    'alertmanager',
    '🟢 RESOLVED: HighLoad (critical)\nweb-1 is busy\nThe load is above 8 for 10 minutes.\ninstance=web-1:9100, job=node\n2026-11-30 04:51:02 UTC to 2026-11-30 05:03:02 UTC (12 min)\nRunbook: https://runbooks.example.org/high-load\nhttp://prometheus.example.org/graph?g0.expr=node_load1+%3E+8&g0.tab=1',
    '🟢 RESOLVED: HighLoad (critical)\nweb-2 is busy\nThe load is above 8 for 10 minutes.\ninstance=web-2:9100, job=node\n2026-11-30 04:51:02 UTC to 2026-11-30 05:03:02 UTC (12 min)\nRunbook: https://runbooks.example.org/high-load\nhttp://prometheus.example.org/graph?g0.expr=node_load1+%3E+8&g0.tab=1',
  ],
  'github-check-suite': ['github', '[acme/app] ✅ GitHub Actions: success on main\nstore: step 7'],
  'github-issue-comment': [
    'github',
    '[acme/app] ada commented on issue #5: Crash at start\nAnother program has the port.\nhttps://github.com/acme/app/issues/5#issuecomment-9',
  ],
  'github-issue-opened': [
    'github',
    '[acme/app] ada opened issue #5: Crash at start\nIt says `EADDRINUSE`.\nhttps://github.com/acme/app/issues/5',
  ],
  'github-ping': ['github', '[acme/app] ada: GitHub is connected\nhttps://github.com/acme/app'],
  'github-pull-request-merged': [
    'github',
    '[acme/app] ada merged pull request #12: Faster start\nhttps://github.com/acme/app/pull/12',
  ],
  'github-pull-request-opened': [
    'github',
    '[acme/app] ada opened pull request #12: Faster start\nIt opens the store later.\nhttps://github.com/acme/app/pull/12',
  ],
  'github-push': [
    'github',
    '[acme/app] ada pushed 7 commits to main\n- `1abcdef` store: step 1 (ada)\n- `2abcdef` store: step 2 (ada)\n- `3abcdef` store: step 3 (ada)\n- `4abcdef` store: step 4 (ada)\n- `5abcdef` store: step 5 (ada)\n… and 2 more\nhttps://github.com/acme/app/compare/aaa...bbb',
  ],
  'github-release': [
    'github',
    '[acme/app] ada published release v1.2.0: Autumn\nTwo fixes.\nhttps://github.com/acme/app/releases/tag/v1.2.0',
  ],
  'github-star': ['github', '[acme/app] ada: star created'],
  'github-workflow-run': [
    'github',
    '[acme/app] ❌ CI #44: failure on main\nstore: step 7\nhttps://github.com/acme/app/actions/runs/3',
  ],
  'grafana-firing': [
    'grafana',
    '🔴 FIRING: Memory\nus-1 needs memory\nThe memory is nearly full.\nteam=blue, zone=us-1\nvalues: B=44.23943737541908, C=1\nsince 2026-11-30 07:51:03 UTC\nRunbook: https://runbooks.example.org/memory\nhttps://grafana.example.org/d/abc?viewPanel=2',
  ],
  'grafana-resolved': [
    'grafana',
    '🟢 RESOLVED: Memory\nus-1 needs memory\nThe memory is nearly full.\nteam=blue, zone=us-1\n2026-11-30 07:51:03 UTC to 2026-11-30 11:51:03 UTC (4 h)\nRunbook: https://runbooks.example.org/memory\nhttps://grafana.example.org/d/abc?viewPanel=2',
  ],
  'slack-attachments': [
    'slack',
    'Jenkins\nada\n**Build 12** https://ci.example.org/12\n**Failed** after 3 min\nBranch: main\nci',
  ],
  'slack-blocks': [
    'slack',
    '**New order**\n\n**Order 7** by Ada (ada@example.org)\n**Total**\n12 < 20\nOpen: https://shop.example.org/7\n\nfrom `shop` logo: https://shop.example.org/i.png\n\nPlease **pack** it, @here\n- box\n- label (https://shop.example.org/label)',
  ],
  'slack-form': ['slack', 'monit: Disk **95 %** full & rising'],
  'slack-text': [
    'slack',
    'deploybot: Deploy of app & web (https://example.org/app) is done, @channel\n**All** *good*, ask @ada in #ops <3',
  ],
  'template-uptime': ['template', 'shop is down: timeout ["a","b"] b'],
  'text-curl': ['text', 'backup done: 12 GB, 100% + 1'],
  'text-plain': ['text', 'CRON job failed\nexit 1'],
};

test('each sample becomes readable texts', () => {
  const names = readdirSync(SAMPLES).map((file) => file.replace(/\.json$/, ''));
  assert.deepEqual(names.sort(), Object.keys(EXPECTED).sort());
  for (const name of names) {
    const { sender, posts } = sample(name);
    assert.deepEqual([sender, ...posts.map(({ text }) => text)], EXPECTED[name], name);
  }
});

test('a resolved alert is of the same episode as the firing one, with another id', () => {
  for (const name of ['alertmanager', 'grafana']) {
    const [firing, resolved] = ['firing', 'resolved'].map((s) => sample(`${name}-${s}`).posts[0]);
    assert.equal(firing?.alert?.episode, resolved?.alert?.episode);
    assert.deepEqual([firing?.alert?.resolved, resolved?.alert?.resolved], [false, true]);
    assert.notEqual(firing?.id, resolved?.id);
  }
  const [one, two] = sample('alertmanager-firing').posts;
  assert.notEqual(one?.alert?.episode, two?.alert?.episode);
});

test('an alert without a fingerprint is known by its labels', () => {
  const of = (zone: string) =>
    json({ groupKey: 'g', alerts: [{ status: 'firing', labels: { zone } }] })[0]?.alert?.episode;
  assert.equal(of('a'), of('a'));
  assert.notEqual(of('a'), of('b'));
});

test('of more than 50 alerts the rest is counted in one message', () => {
  const alerts = Array.from({ length: 70 }, (_, i) => ({ status: 'firing', fingerprint: `${i}` }));
  const made = json({ groupKey: 'g', externalURL: 'http://am', truncatedAlerts: 3, alerts });
  assert.equal(made.length, 51);
  assert.equal(made.at(-1)?.text, '… and 23 more alerts of this group: http://am');
});

test('the id of a delivery of GitHub is the id of its message', () => {
  assert.match(sample('github-push').posts[0]?.id ?? '', /^72d3162e-/);
});

test("GitHub's own example of a signature is accepted, and nothing else", () => {
  const secret = "It's a Secret to Everybody";
  const body = 'Hello, World!';
  const right = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  assert.equal(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`, right);
  const rules: SenderRules = { ...AUTO, sender: 'github', githubSecret: secret };
  const signed = (signature: string | undefined, text = body) =>
    posts(
      { 'x-github-event': 'ping', ...(signature && { 'x-hub-signature-256': signature }) },
      text,
      rules,
    );
  assert.throws(() => signed(right), { code: 'malformed-request' }, 'past the signature');
  for (const wrong of [
    undefined,
    '',
    right.slice(0, -1),
    `${right.slice(0, -1)}8`,
    right.toUpperCase(),
  ]) {
    assert.throws(() => signed(wrong), { code: 'forbidden' });
  }
  assert.throws(() => signed(right, `${body} `), { code: 'forbidden' });
});

test('an event of GitHub that is not known gives a line, also where everything is missing', () => {
  const at = (event: string, body: object) =>
    posts({ 'x-github-event': event }, JSON.stringify(body)).posts[0]?.text;
  assert.equal(
    at('deployment_status', { action: 'created', sender: { login: 'ada' } }),
    'ada: deployment status created',
  );
  assert.equal(at('constructor', {}), 'GitHub: constructor');
  for (const event of [
    'push',
    'pull_request',
    'issues',
    'release',
    'workflow_run',
    'check_suite',
  ]) {
    assert.ok(at(event, {}));
  }
});

test('JSON of no known form is refused, and the answer names the way out', () => {
  for (const body of [{}, { hello: 1 }, [], [1], { text: '' }, { text: {} }, { alerts: [] }]) {
    assert.throws(() => json(body), { code: 'malformed-request', message: /template/ });
  }
  assert.throws(() => posts(JSON_TYPE, '{"text": '), { code: 'malformed-json' });
  assert.throws(() => posts(JSON_TYPE, ''), { code: 'malformed-json' });
  assert.throws(() => posts({}, ''), { code: 'invalid-message' });
  assert.throws(() => posts({}, ' \u0000\u001b[0m\n'), { code: 'invalid-message' });
  assert.throws(() => posts({}, Buffer.from([0xff])), { code: 'invalid-encoding' });
  assert.throws(() => posts({ 'content-type': 'multipart/form-data; boundary=x' }, 'x'), {
    code: 'unsupported-media-type',
  });
});

test('what a named sender does not send is refused', () => {
  for (const sender of ['slack', 'alertmanager', 'grafana'] as const) {
    assert.throws(() => json({ hello: 1 }, { ...AUTO, sender }), { code: 'malformed-request' });
  }
  const alerts = [{ status: 'burning' }];
  assert.throws(() => json({ groupKey: 'g', alerts }), { message: /alerts\.0\.status/ });
});

test('JSON is JSON also where curl labels it as a form, and plain text may begin like it', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  assert.deepEqual(posts(form, '{"text":"a=b"}'), { sender: 'slack', posts: [{ text: 'a=b' }] });
  assert.deepEqual(posts({}, '[disk] full').posts, [{ text: '[disk] full' }]);
  assert.deepEqual(posts(form, 'a=b&c+d%41').posts, [{ text: 'a=b&c+d%41' }]);
  assert.deepEqual(posts(form, 'text=a%3Db+c').posts, [{ text: 'a=b c' }]);
});

test('a text that is too long is cut with a sign, and never inside a character', () => {
  for (const text of ['x'.repeat(5_000), '😀'.repeat(5_000), `${'x'.repeat(3_998)}😀😀😀`]) {
    const [post] = posts({}, text).posts;
    assert.equal([...(post?.text ?? '')].length, 4_000);
    assert.match(post?.text ?? '', /(?:x|😀)…$/u);
    assert.ok(post?.text.isWellFormed());
  }
  assert.equal(posts({}, '😀'.repeat(4_000)).posts[0]?.text, '😀'.repeat(4_000));
});

test("Slack's marks are read as Slack does", () => {
  const cases: [slack: string, text: string][] = [
    ['<https://a.org/x_y_z>', 'https://a.org/x_y_z'],
    ['<https://a.org/x_y_z|_it_>', '_it_ (https://a.org/x_y_z)'],
    ['<mailto:a@b.org|a@b.org>', 'a@b.org'],
    ['<!here> <!everyone|everyone> <!subteam^S1|@eng> <!subteam^S1>', '@here everyone @eng @S1'],
    ['<!date^1392734382^{date}|Feb 18>', 'Feb 18'],
    ['<@U1> <#C1>', '@U1 #C1'],
    ['*b* _i_ 2*3*4 a_b_c * x *', '**b** *i* 2*3*4 a_b_c * x *'],
    ['`*code* &lt;` ```_a_\n*b*```', '`*code* <` ```_a_\n*b*```'],
    ['&amp;lt; &quot;', '&lt; &quot;'],
    ['a < b > c <b>', 'a < b > c <b>'],
  ];
  for (const [text, message] of cases) assert.equal(json({ text })[0]?.text, message);
});

test('a name from outside stands before the text, on one line', () => {
  const [post] = json({ text: 'hi', username: 'ada\nbob' });
  assert.equal(post?.text, 'ada: hi');
});

test('a template looks paths up, and only own fields', () => {
  const filled = (template: string, value: unknown) =>
    json(value, { ...AUTO, sender: 'template', template })[0]?.text;
  const value = {
    title: 'disk',
    body: { text: 'full', n: 5, ok: false, none: null },
    list: [{ a: '<b>&' }],
  };
  assert.equal(filled('{{title}}: {{body.text}}', value), 'disk: full');
  assert.equal(filled('{{ body.n }}{{body.ok}}{{body.none}}{{body.x.y}}', value), '5false');
  assert.equal(filled('{{list.0.a}} {{list}}', value), '<b>& [{"a":"<b>&"}]');
  for (const path of [
    'constructor',
    '__proto__',
    'title.length',
    'list.length.constructor',
    'toString',
  ]) {
    assert.throws(() => filled(`x {{${path}}}`, value), { code: 'invalid-message' }, path);
  }
  assert.equal(filled('{{a}}', { a: '{{title}}', title: 'no' }), '{{title}}');
  assert.equal(filled('{{a}}', { a: 'x'.repeat(9_000) })?.length, 2_000);
  const deep = JSON.parse(`${'{"a":'.repeat(20)}1${'}'.repeat(20)}`);
  assert.throws(() => filled(`{{${Array(20).fill('a').join('.')}}}`, deep), {
    code: 'invalid-message',
  });
});

test('a template that cannot be read is refused', () => {
  for (const template of [
    '',
    'no place',
    '{{a',
    '{{a}} }}',
    '{{a b}}',
    '{{#a}}{{/a}} {{',
    'x'.repeat(2_001),
    '{{a}}'.repeat(51),
  ]) {
    assert.throws(() => checkTemplate(template), { code: 'invalid-hook' }, template);
  }
  checkTemplate('{{title}}: {{ body.text }}');
});

test('names that every object has mean nothing in an event', () => {
  for (const conclusion of ['constructor', '__proto__', 'toString']) {
    const run = { name: 'CI', conclusion };
    const { text } = posts(
      { ...JSON_TYPE, 'x-github-event': 'workflow_run' },
      JSON.stringify({ workflow_run: run }),
    ).posts[0] ?? { text: '' };
    assert.equal(text, `CI: ${conclusion.replaceAll('_', ' ')}`.trim());
  }
});

test('hostile bodies of a megabyte cost milliseconds', () => {
  const hostile = [
    { text: '<'.repeat(1e6) },
    { text: '*a'.repeat(5e5) },
    { text: '_ *'.repeat(3e5) },
    { text: '```'.repeat(3e5) },
    { blocks: Array(1e5).fill({ type: 'rich_text', elements: [{ elements: [{ text: 'x' }] }] }) },
    { attachments: Array(1e5).fill({ text: '<!a>' }) },
    JSON.parse(`{"text":"x","blocks":${'['.repeat(1e5)}${']'.repeat(1e5)}}`),
    { text: '\u001b]'.repeat(5e5) },
  ];
  for (const body of hostile) {
    const text = JSON.stringify(body).slice(0, 2e6);
    const before = process.cpuUsage();
    posts({}, text);
    const { user } = process.cpuUsage(before);
    assert.ok(user < 500_000, `${user} µs: ${text.slice(0, 40)}`);
  }
});
