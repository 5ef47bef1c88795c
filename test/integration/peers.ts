// Real servers that the tests start: where they are, free ports, waiting, and stopping by their own handle.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe } from 'vitest';

/** Where a program is, if it is installed. */
export function programPath(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Something else than a program that a test may need. */
export interface Thing {
  readonly name: string;
  readonly here: boolean;
  /** How it comes to be there, where that is not by Debian's packages. */
  readonly how?: string;
}

/** Debian's Python, which is the one that Debian's packages are for. */
export const python = '/usr/bin/python3';

/** A module of Debian's Python. */
export function pythonModule(name: string): Thing {
  return { name: `Python's ${name}`, here: spawnSync(python, ['-c', `import ${name}`]).status === 0 };
}

/** A group of tests that need programs; skipped with the reason where one is missing, and failing in CI. */
export function describeWith(
  needs: readonly (string | Thing)[],
  packages: string,
  title: string,
  tests: () => void,
): void {
  const missing = needs
    .map(
      (need): Thing =>
        typeof need === 'string' ? { name: need, here: programPath(need) !== undefined } : need,
    )
    .filter(({ here }) => !here);
  const how = missing[0]?.how ?? `apt-get install ${packages}`;
  const reason = `${missing.map(({ name }) => name).join(', ')} not installed: ${how}`;
  if (missing.length === 0) describe(title, tests);
  else if (process.env['CI'] === undefined) describe.skip(`${title} (${reason})`, tests);
  else {
    describe(title, () => {
      throw new Error(reason);
    });
  }
}

/** A port that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks until the answer is neither undefined nor false, for some seconds at most. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  seconds = 20,
): Promise<Exclude<T, undefined | false>> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await Promise.resolve()
      .then(ask)
      .catch(() => undefined);
    if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A folder that is there until the file's tests have ended. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'circmetrics-test-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** What a finished program said. */
export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end with a text as its input; one that takes longer than a minute is killed. */
export function converse(command: string, args: readonly string[], input: string): Promise<Said> {
  const child = spawn(command, args, { timeout: 60_000, killSignal: 'SIGKILL' });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // A program may end before it has read everything.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const running = new Set<ChildProcess>();

/** Starts a server; it is killed when the file's tests have ended, or by {@link stop}. */
export function start(command: string, args: readonly string[], cwd?: string): ChildProcess {
  const child = spawn(command, args, { cwd, stdio: 'ignore' });
  running.add(child);
  return child;
}

export async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}

/** Stops what is still running; for `afterAll`. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((child) => stop(child, 'SIGKILL')));
}
