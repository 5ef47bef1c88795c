// Real servers that the tests start: where they are, free ports, waiting, and stopping by their own handle.
import { type ChildProcess, spawn } from 'node:child_process';
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

/** A group of tests that need programs; skipped with the reason where one is missing, and failing in CI. */
export function describeWith(
  programs: readonly string[],
  packages: string,
  title: string,
  tests: () => void,
): void {
  const missing = programs.filter((name) => programPath(name) === undefined);
  const reason = `${missing.join(', ')} not installed: apt-get install ${packages}`;
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
