// Deltas over TCP to a peer that fails in every way a socket can, by a seeded script.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Recorder } from 'circmetrics';
import { graphite } from 'circmetrics/graphite';
import { statsd } from 'circmetrics/statsd';
import { expect, it } from 'vitest';
import { seeded } from '../../bench/harness.js';
import { seed } from '../seed.js';

const passes = 100;

/** What a peer does with a connection; `takes` reads to the end. */
const deeds = [
  ...(['takes', 'takes', 'takes', 'reads and stays', 'reset at once', 'reset after reading'] as const),
  ...(['closes at once', 'closes after some bytes', 'closes a little later'] as const),
];

async function faultyServer(next: () => number) {
  const complete: string[] = [];
  const partial: string[] = [];
  const sockets = new Set<Socket>();
  let calm = false;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    const deed = calm ? 'takes' : deeds[Math.floor(next() * deeds.length)];
    let text = '';
    if (deed === 'reset at once') return void socket.resetAndDestroy();
    if (deed === 'closes at once') return void socket.pause().end();
    if (deed === 'closes a little later') return void setTimeout(() => socket.pause().end(), 5);
    if (deed === 'closes after some bytes') return void socket.once('data', () => socket.pause().end());
    socket.on('data', (chunk) => (text += chunk));
    socket.on('end', () => {
      if (deed === 'takes' || deed === 'reads and stays') {
        complete.push(text);
        if (deed === 'takes') socket.end();
        return;
      }
      // It has read all, and nobody but it knows.
      partial.push(text);
      if (deed === 'reset after reading') socket.resetAndDestroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<unknown> => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  return { port, complete, partial, close, calm: () => (calm = true) };
}

const sumOf = (texts: readonly string[], pattern: RegExp): Map<string, number> => {
  const sums = new Map<string, number>();
  for (const [, name = '', value] of texts.join('').matchAll(pattern))
    sums.set(name, (sums.get(name) ?? 0) + Number(value));
  return sums;
};

it.each([
  ['statsd', 'resend'],
  ['statsd', 'drop'],
  ['graphite', 'resend'],
  ['graphite', 'drop'],
] as const)('%s, %s: totals stay within what is known to have arrived', async (name, onUnknown) => {
  const next = seeded(seed);
  const server = await faultyServer(next);
  const backend =
    name === 'statsd'
      ? statsd({ port: server.port, protocol: 'tcp', maxPacketBytes: 150 })
      : graphite({ port: server.port, temporality: 'delta', maxPayloadBytes: 250 });
  const pattern = name === 'statsd' ? /^(c\d+):(\d+)\|c$/gm : /^(c\d+) (\d+) \d+$/gm;
  const recorder = new Recorder({ onWarning: () => {} });
  const counters = Array.from({ length: 25 }, (_, i) => recorder.counter(`c${i}`));
  const flusher = recorder.flushTo(backend, { every: 3_600_000, timeout: 500, onUnknown });
  for (let pass = 0; pass < passes; pass++) {
    for (const counter of counters) counter.add(Math.floor(next() * 10));
    await flusher.flush();
  }
  server.calm();
  for (const counter of counters) counter.add(1);
  expect(await flusher.close()).toMatchObject({ complete: true });
  const known = sumOf(server.complete, pattern);
  const all = sumOf([...server.complete, ...server.partial], pattern);
  for (const [i, { value }] of counters.entries()) {
    // Never less than recorded, or never more: of what the server says that it read to the end, and of all it read.
    if (onUnknown === 'resend') expect(known.get(`c${i}`)).toBeGreaterThanOrEqual(value);
    else {
      expect(known.get(`c${i}`)).toBeLessThanOrEqual(value);
      expect(all.get(`c${i}`)).toBeLessThanOrEqual(value);
    }
  }
  const { pending, totals } = flusher.status();
  expect([pending, totals.dropped]).toEqual([0, {}]);
  expect(totals.unknown).toBeGreaterThan(10);
  await server.close();
});
