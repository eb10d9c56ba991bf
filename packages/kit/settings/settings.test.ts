import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { checkProxies } from '../limits/check-proxies.ts';
import { urlFormat } from './formats.ts';
import { loadSettings, type Settings, SettingsError } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-settings-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

interface Config {
  port: number;
  title: string;
  storeUrl: string;
  password: string;
}

const SETTINGS: Settings<Config> = {
  port: { doc: 'A port.', format: 'port number', default: 8080, env: 'PORT' },
  title: { doc: 'A title.', format: 'required text', default: 'Parley', env: 'TITLE' },
  storeUrl: {
    doc: 'A secret address.',
    format: { name: 'address', check: urlFormat(['sqlite:', 'postgres:', 'mysql:']).validate },
    default: 'sqlite:x',
    env: 'STORE_URL',
    sensitive: true,
  },
  password: { doc: 'A secret.', format: 'text', default: '', env: 'PASSWORD', sensitive: true },
};

const load = (env: NodeJS.ProcessEnv) => loadSettings(SETTINGS, env);

/** The message of the error that a load throws. */
function refusal(env: NodeJS.ProcessEnv): string {
  try {
    load(env);
  } catch (error) {
    assert.ok(error instanceof SettingsError, `${error}`);
    return error.message;
  }
  return assert.fail('the settings were accepted');
}

test('with nothing set the defaults hold, and the result is frozen', () => {
  const config = load({});
  assert.deepEqual(
    { ...config },
    { port: 8080, title: 'Parley', storeUrl: 'sqlite:x', password: '' },
  );
  assert.ok(Object.isFrozen(config));
});

test('the environment wins over the file, and the file over the default', () => {
  const CONFIG_FILE = file('some.json', '{"port": 9000, "title": "from the file"}');
  const config = load({ CONFIG_FILE, PORT: '9001' });
  assert.equal(config.port, 9001);
  assert.equal(config.title, 'from the file');
  assert.equal(config.storeUrl, 'sqlite:x');
});

test('an empty variable counts as not set', () => {
  const CONFIG_FILE = file('port.json', '{"port": 9000}');
  const config = load({ CONFIG_FILE, PORT: '', TITLE: '', PASSWORD_FILE: '' });
  assert.equal(config.port, 9000);
  assert.equal(config.title, 'Parley');
});

test('a secret may come from a file, without the newline at its end', () => {
  assert.equal(load({ PASSWORD_FILE: file('password', 's3 cret\n') }).password, 's3 cret');
});

test('a setting that is not a secret has no file variant', () => {
  assert.equal(load({ TITLE_FILE: file('title', 'other') }).title, 'Parley');
});

test('a secret given twice is refused, as is a file that cannot be read', () => {
  const PASSWORD_FILE = file('twice', 'x');
  assert.equal(
    refusal({ PASSWORD: 'y', PASSWORD_FILE }),
    'PASSWORD: set it or PASSWORD_FILE, not both',
  );
  const missing = join(folder, 'missing');
  assert.equal(
    refusal({ PASSWORD_FILE: missing }),
    `PASSWORD_FILE: cannot read ${missing}: ENOENT`,
  );
  assert.equal(refusal({ CONFIG_FILE: missing }), `CONFIG_FILE: cannot read ${missing}: ENOENT`);
});

for (const wrong of ['80abc', '-1', '65536', '1e3', '0x50', '80.5', ' 80']) {
  test(`"${wrong}" is not a port, and the refusal names the variable`, () => {
    assert.match(refusal({ PORT: wrong }), /^PORT: must be a whole number from 0 to 65535/);
  });
}

test("a list of proxies holds addresses, networks and Express's names for networks", () => {
  const proxies: Settings<{ proxies: string }> = {
    proxies: {
      doc: 'Proxies.',
      format: { name: 'proxies', check: checkProxies },
      default: '',
      env: 'PROXIES',
    },
  };
  for (const PROXIES of ['10.0.0.1', 'uniquelocal, 10.0.0.0/8,::1/128', '']) {
    assert.equal(loadSettings(proxies, { PROXIES }).proxies, PROXIES);
  }
  for (const PROXIES of ['nginx', '10.0.0.0/33', '10.0.0.1,', '10.0.0.0/8/8', '1.2.3.4/']) {
    assert.throws(() => loadSettings(proxies, { PROXIES }), /^SettingsError: PROXIES: must be/);
  }
});

test('a number in the file has the same bounds', () => {
  for (const port of [-1, 65_536, 80.5]) {
    const CONFIG_FILE = file('bounds.json', JSON.stringify({ port }));
    assert.match(refusal({ CONFIG_FILE }), /^PORT: must be a whole number from 0 to 65535/);
  }
});

test('every wrong setting is named on its own line', () => {
  const CONFIG_FILE = file('empty-title.json', '{"title": ""}');
  const lines = refusal({ CONFIG_FILE, PORT: 'x', STORE_URL: 'y' }).split('\n');
  assert.deepEqual(lines.map((line) => line.split(':')[0]).sort(), ['PORT', 'STORE_URL', 'TITLE']);
});

test('a setting that does not exist is refused by name', () => {
  const CONFIG_FILE = file('unknown.json', '{"prot": 1}');
  assert.match(refusal({ CONFIG_FILE }), /prot/);
});

test('a file that is not JSON is refused by name', () => {
  const CONFIG_FILE = file('broken.json', '{');
  assert.match(refusal({ CONFIG_FILE }), /^CONFIG_FILE: .*broken\.json is not JSON/);
});

test('a wrong secret is never printed', () => {
  const secret = 'hunter2';
  const inFile = file('wrong-secret.json', JSON.stringify({ storeUrl: secret }));
  for (const env of [
    { STORE_URL: secret },
    { STORE_URL_FILE: file('wrong-secret', secret) },
    { CONFIG_FILE: inFile },
  ]) {
    const message = refusal(env);
    assert.match(message, /^STORE_URL: must be an address/);
    assert.doesNotMatch(message, new RegExp(secret));
  }
});
