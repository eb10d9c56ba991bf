// Runs one of Parley's programs on a machine with any version of Node and npm. Installs a recent
// enough Node, the dependencies and, with --client, the built page, each only when it is missing or
// outdated. Signals reach the program, and the program ends when the npm that started it ends.
// Plain JavaScript without dependencies, because an old Node must be able to run it.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endWithParent } from './end-with-parent.mjs';

const SERVER = 'services/standalone/main.ts';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const OLDEST = manifest.engines.node
  .replace(/[^\d.]/g, '')
  .split('.')
  .map(Number);

const args = process.argv.slice(2);
const wantsClient = args[0] === '--client';
if (wantsClient) args.shift();
const wantsHelp = args.includes('--help') || args.includes('-h');

// npm does not forward every signal, and forwards none when it is killed.
const npmPid = process.env.npm_lifecycle_event ? process.ppid : undefined;
// A signal may have ended npm before this line; then the parent is another process by now.
if (npmPid !== undefined && !isScriptRunner(npmPid)) process.exit(129);
const stopWatch = npmPid === undefined ? () => {} : endWithParent(npmPid);

let node;
let env;
main();

async function main() {
  node = await ensureNode();
  env = Object.assign({}, process.env, {
    PATH: dirname(node) + delimiter + process.env.PATH,
    NODE_COMPILE_CACHE:
      process.env.NODE_COMPILE_CACHE || join(root, 'node_modules', '.cache', 'node'),
    // glibc returns memory to the system after a load (docs/decisions/operations/0051-idle-memory.md).
    MALLOC_ARENA_MAX: process.env.MALLOC_ARENA_MAX || '1',
    MALLOC_TRIM_THRESHOLD_: process.env.MALLOC_TRIM_THRESHOLD_ || '131072',
  });
  await ensureDependencies();
  if (wantsClient && !wantsHelp) await ensureClient();
  if (args[0] === SERVER && !wantsHelp) await ensureCompiled();
  runProgram();
}

/** True for a process that runs scripts of package.json, and where that cannot be seen. */
function isScriptRunner(pid) {
  try {
    return /npm|yarn|bun|node/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
  } catch {
    return true;
  }
}

/**
 * The path of a recent enough Node: the running one, or the one of npm's package
 * `node-<platform>-<arch>`.
 */
async function ensureNode() {
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
  await npm(
    process.execPath,
    ['install', '--prefix', prefix, '--no-save', '--no-package-lock', wanted],
    process.env,
  );
  return binary;
}

/**
 * True when a version is at least the oldest supported one, compared as far as that one has
 * numbers.
 */
function isNewEnough(version) {
  const parts = version.split('.').map(Number);
  const differs = OLDEST.findIndex((part, i) => part !== parts[i]);
  return differs < 0 || parts[differs] > OLDEST[differs];
}

/** Installs exactly the packages of the lockfile, when it has changed since the last time. */
async function ensureDependencies() {
  const stamp = join(root, 'node_modules', '.parley-lock');
  const wanted = digest([join(root, 'package-lock.json')]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('installing dependencies');
  await npm(node, ['ci', '--no-audit', '--no-fund'], env);
  writeFileSync(stamp, wanted);
}

/** Builds the page when its sources have changed since the last time. */
async function ensureClient() {
  const client = join(root, 'client-demo');
  const stamp = join(client, 'dist', '.parley-sources');
  const sources = filesUnder(client, ['node_modules', 'dist']).concat(
    filesUnder(join(root, 'packages', 'client'), ['node_modules', 'dist']),
    join(root, 'package-lock.json'),
  );
  const wanted = digest(sources.sort());
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('building the page');
  await runStep(
    node,
    [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'],
    {
      cwd: client,
      env,
      stdio: ['ignore', 2, 2],
    },
  );
  writeFileSync(stamp, wanted);
}

/**
 * Fills Node's compile cache by a first start of the server that serves no client: a process that compiles
 * TypeScript itself keeps the compiler, 20 MB. When it fails, the server compiles.
 */
async function ensureCompiled() {
  const stamp = join(root, 'node_modules', '.parley-compiled');
  if (existsSync(stamp)) return;
  say('compiling');
  const { PATH, HOME, NODE_COMPILE_CACHE } = env;
  const { sent } = await runChild(node, ['infra/image/compile.ts', SERVER], {
    cwd: root,
    env: { PATH, HOME, NODE_COMPILE_CACHE },
    stdio: 'ignore',
  });
  if (sent) endAs({ signal: sent });
  writeFileSync(stamp, '');
}

/**
 * Replaces this process with the program, so that signals and the exit code are the program's own.
 * Where Node cannot do that (before 22.15, and on Windows), the program is a child that gets the
 * signals.
 */
function runProgram() {
  if (process.execve && process.platform !== 'win32') {
    stopWatch();
    const watch = `parent=${npmPid}&process=${process.pid}`;
    const watched = npmPid === undefined ? args : importing(watch).concat(args);
    process.chdir(root);
    process.emitWarning = () => {}; // execve is experimental in Node 22 to 24
    process.execve(node, [node].concat(watched), env);
  }
  const watched = importing(`parent=${process.pid}`).concat(args);
  runChild(node, watched, { cwd: root, env, stdio: 'inherit' }).then(endAs);
}

/** Node's options for a program that ends with its parent process. */
function importing(watch) {
  return ['--import', new URL(`end-with-parent.mjs?${watch}`, import.meta.url).href];
}

/** Runs the npm that started this script, or the one on the path. */
function npm(withNode, npmArgs, withEnv) {
  const cli = process.env.npm_execpath;
  const options = { cwd: root, env: withEnv, stdio: ['ignore', 2, 2] };
  return cli
    ? runStep(withNode, [cli].concat(npmArgs), options)
    : runStep('npm', npmArgs, Object.assign(options, { shell: process.platform === 'win32' }));
}

/** Runs a preparing step; ends this process when the step fails or is interrupted. */
async function runStep(file, stepArgs, options) {
  const result = await runChild(file, stepArgs, options);
  if (result.sent) endAs({ signal: result.sent });
  if (result.code !== 0) endAs(result);
}

/**
 * Runs a child and forwards every signal to it. Resolves with the child's exit code or signal, and
 * with the signal that was forwarded.
 */
function runChild(file, childArgs, options) {
  return new Promise((resolve) => {
    const child = spawn(file, childArgs, options);
    let sent = null;
    const send = (signal) => {
      sent = signal;
      child.kill(signal);
    };
    const end = (code, signal) => {
      for (const name of SIGNALS) process.removeListener(name, send);
      resolve({ code, signal, sent });
    };
    for (const name of SIGNALS) process.on(name, send);
    child.on('exit', end);
    child.on('error', (error) => {
      say(String(error.message));
      end(1, null);
    });
  });
}

/** Ends this process with the exit code or the signal of a child. */
function endAs(result) {
  if (result.signal) process.kill(process.pid, result.signal);
  process.exit(result.code === null ? 1 : result.code);
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
