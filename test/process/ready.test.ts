// scripts/ready.mjs, on copies of the checkout that share its tools, so that nothing is fetched.
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Ended, root, run } from './project.js';

const copies: string[] = [];
afterEach(() => {
  for (const copy of copies.splice(0)) rmSync(copy, { recursive: true, force: true });
});

/** What builds the package, and a little of what is built, as all of it takes long; but not what was built. */
function copy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'circmetrics-ready-'));
  copies.push(folder);
  for (const name of [
    'scripts',
    'src/errors.ts',
    'src/tsconfig.json',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'src/index.ts'), "export * from './errors.js';\n");
  mkdirSync(join(folder, 'src/histogram'));
  writeFileSync(join(folder, 'src/histogram/index.ts'), 'export const bins: number = 46_081;\n');
  const config = readFileSync(join(root, 'tsup.config.ts'), 'utf8');
  const entries = "= { index: 'src/index.ts', histogram: 'src/histogram/index.ts' };";
  writeFileSync(join(folder, 'tsup.config.ts'), config.replace(/= \{\n {2}index:.*?\};/s, entries));
  return folder;
}

/** The same with the tools of this checkout. */
function copyWithTools(): string {
  const folder = copy();
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return folder;
}

const ready = (cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  run(process.execPath, ['scripts/ready.mjs'], { cwd, env });

const kinds = ['cjs', 'cjs.map', 'd.ts', 'js', 'js.map', 'mjs'];
const entries = ['histogram', 'index'].flatMap((name) => kinds.map((kind) => `${name}.${kind}`));
const whole = ['.built', ...entries, 'types'];
const built = (folder: string): string[] => readdirSync(join(folder, 'dist')).sort();

describe('making ready', () => {
  it('leaves what is ready alone, and takes no time for it', async () => {
    const begun = performance.now();
    expect(await ready(root)).toEqual({ code: 0, stdout: '', stderr: '' });
    // 0.1 s on an idle machine; other tests share this one.
    expect(performance.now() - begun).toBeLessThan(2000);
  });

  it('builds once when two runs begin at once, and again when a source has changed', async () => {
    const folder = copyWithTools();
    const both = await Promise.all([ready(folder), ready(folder)]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const said = both.map(({ stderr }) => stderr).join('');
    expect(said.match(/Building circmetrics/g)).toHaveLength(1);
    expect(built(folder)).toEqual(whole);
    expect(await ready(folder)).toEqual({ code: 0, stdout: '', stderr: '' });

    // A build that fails leaves the one before in its place, says why, and is tried again.
    writeFileSync(join(folder, 'src/errors.ts'), 'export const broken: string = 1;\n');
    const failed = await ready(folder);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/^Building circmetrics \.\.\. failed\n[\s\S]*errors\.ts/);
    expect(built(folder)).toEqual(whole);
    cpSync(join(root, 'src/errors.ts'), join(folder, 'src/errors.ts'));
    expect(await ready(folder)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('takes the place of a run that was killed, and builds what that one left', async () => {
    const folder = copyWithTools();
    const child = spawn(process.execPath, ['scripts/ready.mjs'], {
      cwd: folder,
      detached: true,
      stdio: 'ignore',
    });
    while (!existsSync(join(folder, '.cache/ready.lock'))) await sleep(5);
    await sleep(500);
    // With all that it started.
    process.kill(-(child.pid as number), 'SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    expect(existsSync(join(folder, '.cache/ready.lock'))).toBe(true);
    expect(existsSync(join(folder, 'dist'))).toBe(false);

    const { code, stderr } = await ready(folder);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^Building circmetrics \.\.\. done in [\d.]+ s\n$/),
    ]);
    expect(built(folder)).toEqual(whole);
    expect(existsSync(join(folder, '.cache/ready.lock'))).toBe(false);
  });

  it('installs when tools are missing or the install broke off, and says so when it cannot', async () => {
    const folder = copy();
    // As an install leaves it that was interrupted.
    mkdirSync(join(folder, 'node_modules/tsup'), { recursive: true });
    const npm = join(folder, 'npm-cli.js');
    const withNpm = (version: string): Promise<Ended> => {
      writeFileSync(
        npm,
        `if (process.argv[2] === '--version') console.log('${version}'); else { console.log('no network'); process.exitCode = 1; }`,
      );
      return ready(folder, { npm_execpath: npm });
    };
    expect(await withNpm('11.0.0')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Installing the development tools ... failed\nno network\n\n',
    });
    expect(await withNpm('6.14.0')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'This is npm 6.14.0; 9.0.0 or later is needed.\n',
    });
  });
});
