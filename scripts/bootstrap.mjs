// Runs one of Parley's programs on a machine with some Node and npm: installs a Node that is new
// enough, the dependencies and, with --client, the built page, each only where it is missing or
// stale. Plain JavaScript without dependencies, since an old Node has to run it.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const OLDEST = manifest.engines.node
  .replace(/[^\d.]/g, '')
  .split('.')
  .map(Number);

const args = process.argv.slice(2);
const wantsClient = args[0] === '--client';
if (wantsClient) args.shift();

const node = ensureNode();
const env = Object.assign({}, process.env, {
  PATH: dirname(node) + delimiter + process.env.PATH,
  NODE_COMPILE_CACHE:
    process.env.NODE_COMPILE_CACHE || join(root, 'node_modules', '.cache', 'node'),
});
ensureDependencies();
if (wantsClient) ensureClient();
runProgram();

/** The path of a Node that is new enough: this one, or npm's `node-<platform>-<arch>` package. */
function ensureNode() {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const prefix = join(root, '.node');
  const binary = join(
    prefix,
    'node_modules',
    name,
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  );
  const version = manifest.config.node;
  const installed = join(prefix, 'node_modules', name, 'package.json');
  if (existsSync(binary) && JSON.parse(readFileSync(installed, 'utf8')).version === version)
    return binary;
  say(`Node ${process.versions.node} is too old: installing Node ${version} into .node/`);
  mkdirSync(prefix, { recursive: true });
  const wanted = `${name}@${version}`;
  npm(
    process.execPath,
    ['install', '--prefix', prefix, '--no-save', '--no-package-lock', wanted],
    process.env,
  );
  return binary;
}

/** Whether a version is the oldest that will do, or later; versions are compared as far as that one goes. */
function isNewEnough(version) {
  const parts = version.split('.').map(Number);
  const differs = OLDEST.findIndex((part, i) => part !== parts[i]);
  return differs < 0 || parts[differs] > OLDEST[differs];
}

/** Installs exactly what the lockfile says, when it has changed since the last time. */
function ensureDependencies() {
  const stamp = join(root, 'node_modules', '.parley-lock');
  const wanted = digest([join(root, 'package-lock.json')]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('installing dependencies');
  npm(node, ['ci', '--no-audit', '--no-fund'], env);
  writeFileSync(stamp, wanted);
}

/** Builds the page when its sources have changed since the last time. */
function ensureClient() {
  const client = join(root, 'client-demo');
  const stamp = join(client, 'dist', '.parley-sources');
  const sources = filesUnder(client, ['node_modules', 'dist']).concat(
    join(root, 'package-lock.json'),
  );
  const wanted = digest(sources.sort());
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('building the page');
  finish(
    spawnSync(node, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], {
      cwd: client,
      env,
      stdio: ['ignore', 2, 2],
    }),
  );
  writeFileSync(stamp, wanted);
}

function runProgram() {
  const child = spawn(node, args, { cwd: root, env, stdio: 'inherit' });
  // A terminal sends its signals to the whole group, so SIGINT reaches the program by itself.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : code));
}

/** Calls the npm that called us, or the one on the path. */
function npm(withNode, npmArgs, withEnv) {
  const cli = process.env.npm_execpath;
  const options = { cwd: root, env: withEnv, stdio: ['ignore', 2, 2] };
  finish(
    cli
      ? spawnSync(withNode, [cli].concat(npmArgs), options)
      : spawnSync('npm', npmArgs, Object.assign(options, { shell: process.platform === 'win32' })),
  );
}

function finish(result) {
  if (result.status === 0) return;
  if (result.error) say(String(result.error.message));
  process.exit(result.status || 1);
}

function digest(files) {
  const hash = createHash('sha256');
  for (const file of files)
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

function filesUnder(folder, except) {
  return readdirSync(folder).reduce((files, name) => {
    if (except.includes(name)) return files;
    const path = join(folder, name);
    return files.concat(statSync(path).isDirectory() ? filesUnder(path, except) : path);
  }, []);
}

function say(text) {
  process.stderr.write(`parley: ${text}\n`);
}
