// Makes the checkout ready to run: installs what is missing, builds what is stale, and says so.
// A second run finds both done and takes milliseconds.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const at = (path) => join(root, path);
const modified = (path) => (existsSync(at(path)) ? statSync(at(path)).mtimeMs : 0);

/** The newest modification time below a folder, in milliseconds. */
function newest(folder) {
  let latest = modified(folder);
  for (const entry of readdirSync(at(folder), { withFileTypes: true, recursive: true })) {
    latest = Math.max(latest, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
  }
  return latest;
}

function run(what, command, ...args) {
  process.stderr.write(`${what} ...`);
  const begun = Date.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  if (error !== undefined || status !== 0) {
    process.stderr.write(` failed\n${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}\n`);
    process.exit(status ?? 1);
  }
  process.stderr.write(` done in ${((Date.now() - begun) / 1000).toFixed(1)} s\n`);
}

if (modified('node_modules/.package-lock.json') < modified('package-lock.json')) {
  run('Installing the development tools', 'npm', 'ci', '--no-audit', '--no-fund');
  // npm keeps the lock file's own time on some versions; this is the mark that the install is complete.
  writeFileSync(at('node_modules/.package-lock.json'), '', { flag: 'a' });
}

const sources = Math.max(newest('src'), modified('tsup.config.ts'), modified('package.json'), modified('tsconfig.json'));
if (modified('dist/.built') < sources) {
  run('Building circmetrics', process.execPath, at('node_modules/tsup/dist/cli-default.js'), '--silent');
  // Written last, so that an interrupted build is not taken for a whole one.
  writeFileSync(at('dist/.built'), '');
}
