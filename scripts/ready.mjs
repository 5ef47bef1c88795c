// Makes the checkout ready to run: installs the development tools and builds dist/ where that is missing or stale,
// and says so. What is there and whole is left alone, so a second run takes the time to read and hash the sources.
//
// A stamp, written last, says of what an install or a build was made. Without it, as after an interruption, or with
// another one, as after a pull, the work is done again. Two runs at once take turns.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The oldest versions that the tools run with; the library itself runs with any Node.js 20. */
const oldest = { node: '20.19.0', npm: '9.0.0' };

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (path) => join(root, path);

const lock = at('.cache/ready.lock');
const installed = at('node_modules/.installed');
const built = at('dist/.built');

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function isOlder(version, than) {
  const [a, b] = [version, than].map((text) => text.replace(/^v/, '').split('.').map(Number));
  return a[0] - b[0] < 0 || (a[0] === b[0] && a[1] < b[1]);
}

/** The contents of a file, or undefined where there is none. */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** What an install is made of. Some tools are binaries of one platform. */
function installStamp() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\0`);
  return hash.update(readFileSync(at('package-lock.json'))).digest('hex');
}

/** What a build is made of. By content: times change with every checkout, and a build takes time itself. */
function buildStamp() {
  const sources = readdirSync(at('src'), { recursive: true }).filter((path) => /\.(ts|json)$/.test(path));
  const files = sources.sort().map((path) => join('src', path));
  const hash = createHash('sha256').update(installStamp());
  for (const path of ['package.json', 'tsconfig.json', 'tsup.config.ts', ...files]) {
    hash.update(`\0${path}\0`).update(readFileSync(at(path)));
  }
  return hash.digest('hex');
}

/** Runs a command and shows what it said only if it fails. */
function run(what, command, args) {
  process.stderr.write(`${what} ...`);
  const begun = Date.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) {
    fail(` failed\n${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`);
  }
  process.stderr.write(` done in ${((Date.now() - begun) / 1000).toFixed(1)} s\n`);
}

/** Runs npm by its script where npm started us, which works on every platform; by its name otherwise. */
function npm(...args) {
  const script = process.env.npm_execpath ?? '';
  return /npm-cli\.c?js$/.test(script) ? [process.execPath, [script, ...args]] : ['npm', args];
}

function install(stamp) {
  const [command, args] = npm('--version');
  const { stdout, error } = spawnSync(command, args, { encoding: 'utf8' });
  const version = (stdout ?? '').trim();
  if (error !== undefined) fail(`npm cannot be run (${error.message}); it comes with Node.js.`);
  if (isOlder(version, oldest.npm)) fail(`This is npm ${version}; ${oldest.npm} or later is needed.`);
  // Removes node_modules first, and the stamp with it.
  run('Installing the development tools', ...npm('ci', '--no-audit', '--no-fund'));
  writeFileSync(installed, stamp);
}

/** Builds beside dist/, as the maps lead from there to src/, and puts the whole in its place: nobody sees a half. */
function build(stamp) {
  const fresh = at('dist.new');
  const old = at('.cache/dist.old');
  rmSync(fresh, { recursive: true, force: true });
  rmSync(old, { recursive: true, force: true });
  run('Building circmetrics', process.execPath, [
    at('node_modules/tsup/dist/cli-default.js'),
    '--silent',
    '--out-dir',
    'dist.new',
  ]);
  writeFileSync(join(fresh, '.built'), stamp);
  if (existsSync(at('dist'))) renameSync(at('dist'), old);
  renameSync(fresh, at('dist'));
  rmSync(old, { recursive: true, force: true });
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

const sleep = (milliseconds) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

/** Waits until no other run is at work here, then keeps others waiting until this process ends. */
function takeTurn() {
  mkdirSync(at('.cache'), { recursive: true });
  const mine = `${lock}.${process.pid}`;
  // A link, because it comes to be at once and with its contents.
  writeFileSync(mine, String(process.pid));
  process.on('exit', () => {
    rmSync(mine, { force: true });
    if (read(lock) === String(process.pid)) rmSync(lock, { force: true });
  });
  let told = false;
  for (;;) {
    try {
      linkSync(mine, lock);
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = Number(read(lock));
    if (holder > 0 && !isRunning(holder)) {
      // It was killed. Two runs may find that out at once; the one whose lock is removed again goes on waiting.
      rmSync(lock, { force: true });
      try {
        linkSync(mine, lock);
      } catch {
        continue;
      }
      sleep(100);
      if (read(lock) === String(process.pid)) return;
    } else if (holder > 0 && !told) {
      told = true;
      process.stderr.write(
        `Waiting for process ${holder}, which installs or builds here (.cache/ready.lock) ...\n`,
      );
    }
    sleep(100);
  }
}

if (isOlder(process.version, oldest.node)) {
  fail(`This is Node.js ${process.version}; working on circmetrics needs ${oldest.node} or later.`);
}
if (read(installed) !== installStamp() || read(built) !== buildStamp()) {
  takeTurn();
  // Asked again, because another run may have done the work meanwhile.
  if (read(installed) !== installStamp()) install(installStamp());
  const stamp = buildStamp();
  if (read(built) !== stamp) build(stamp);
}
