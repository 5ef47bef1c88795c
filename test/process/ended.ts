// How a process ends that has a recorder and a flusher, what it says until then, and what its receiver got.
import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';
import { freePort } from '../integration/peers.js';
import { root } from './project.js';

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A trap that takes all, or never answers; the totals that it got, one a pass. */
export async function trap(hangs = false): Promise<{ url: string; counts: string[] }> {
  const counts: string[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    counts.push((JSON.parse(body) as { c: { _value: string } }).c._value);
    if (!hangs) response.end('{}');
  });
  // Longer than any process here may take.
  server.keepAliveTimeout = 60_000;
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, counts };
}

/** An address that nobody listens at. */
export const nowhere = async (): Promise<string> => `http://127.0.0.1:${await freePort()}/`;

export interface Ended {
  readonly code: number | null;
  readonly by: NodeJS.Signals | null;
  /** What it wrote to either stream. */
  readonly output: string;
  /** How long it took since it last said `ready`, or since it was started, in milliseconds. */
  readonly ms: number;
}

/** How a process is run. */
export interface How {
  /** Signals that it is sent, one each time that it says `ready`. */
  readonly signals?: readonly NodeJS.Signals[];
  /** Arguments of Node.js. */
  readonly flags?: readonly string[];
  /** What starts Node.js. */
  readonly starter?: readonly string[];
}

/** Runs a script with a recorder, a counter of 7 and a flusher. */
export async function ends(url: string, script: string, how: How = {}): Promise<Ended> {
  const begin = `
    import { createServer, get } from 'node:http';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { Worker } from 'node:worker_threads';
    import { Recorder } from 'circmetrics';
    import { circonus } from 'circmetrics/circonus';
    import { drainOnExit, processMetrics } from 'circmetrics/node';
    const url = ${JSON.stringify(url)};
    const recorder = new Recorder({ onWarning() {} });
    const counter = recorder.counter('c');
    const flusher = recorder.flushTo(circonus({ url }), { every: 60_000 });
    const alive = () => setInterval(() => {}, 1000);
    counter.add(7);`;
  const { signals = [], flags = [], starter = [] } = how;
  const args = [...starter, process.execPath, ...flags, '--input-type=module', '-e', begin + script];
  const child = spawn(args[0] as string, args.slice(1), { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let heard = performance.now();
  let said = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (; said < output.split('ready').length - 1; said++) {
        heard = performance.now();
        if (said < signals.length) child.kill(signals[said]);
      }
    });
  }
  const killer = setTimeout(() => child.kill('SIGKILL'), 40_000);
  const [code, by] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('close', (...ended) => resolve(ended)),
  );
  clearTimeout(killer);
  return { code, by, output, ms: performance.now() - heard };
}
