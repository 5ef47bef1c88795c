// DogStatsD has no receiver to be had, so it is read by a parser written from the specification, and compared with
// what Datadog's own client for Go and the most used one for Node send for the same calls.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { MetricsError, Recorder } from 'circmetrics';
import { statsd } from 'circmetrics/statsd';
import fc from 'fast-check';
import { StatsD } from 'hot-shots';
import { describe, expect, it } from 'vitest';
import { seed } from '../seed.js';
import { folder, freePort, python, until } from './peers.js';

interface Metric {
  readonly name: string;
  readonly values: readonly number[];
  readonly type: string;
  readonly rate: number;
  readonly tags: readonly string[];
  readonly time: number | undefined;
}

/** `name:v1[:v2…]|type[|@rate][|#tags][|T<seconds>]`: optional fields in any order, each at most once. */
function parse(line: string): Metric {
  const [head = '', type = '', ...fields] = line.split('|');
  const colon = head.indexOf(':');
  const name = head.slice(0, colon);
  if (!/^[A-Za-z][A-Za-z0-9_.]{0,199}$/.test(name)) throw new Error(`bad name in ${line}`);
  if (!/^(c|g|ms|h|s|d)$/.test(type)) throw new Error(`bad type in ${line}`);
  const values = head
    .slice(colon + 1)
    .split(':')
    .map((text) => {
      if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw new Error(`bad value in ${line}`);
      return Number(text);
    });
  const field = (mark: string): string | undefined => {
    const found = fields.filter((one) => one.startsWith(mark));
    if (found.length > 1) throw new Error(`two fields ${mark} in ${line}`);
    return found[0]?.slice(mark.length);
  };
  if (fields.some((one) => !/^[@#T]/.test(one))) throw new Error(`bad field in ${line}`);
  const tags = field('#')?.split(',') ?? [];
  for (const tag of tags) {
    if (!/^\p{L}[\p{L}\p{N}_:./-]{0,199}$/u.test(tag) || tag.endsWith(':'))
      throw new Error(`bad tag in ${line}`);
  }
  const rate = field('@');
  if (rate !== undefined && !(/^[\d.]+$/.test(rate) && Number(rate) > 0 && Number(rate) <= 1)) {
    throw new Error(`bad rate in ${line}`);
  }
  const time = field('T');
  if (time !== undefined && !(/^[1-9]\d*$/.test(time) && (type === 'c' || type === 'g'))) {
    throw new Error(`bad time in ${line}`);
  }
  return {
    name,
    values,
    type,
    rate: Number(rate ?? 1),
    tags: [...tags].sort(),
    time: time === undefined ? undefined : Number(time),
  };
}

const written = (recorder: Recorder, options: Parameters<typeof statsd>[0] = {}): Metric[] => {
  const backend = statsd({ dialect: 'dogstatsd', ...options });
  return [...backend.encode(recorder.cursor().read(), () => {})].flatMap(({ body }) =>
    String(body).split('\n').map(parse),
  );
};

/** The same calls to each client. */
function recordSame(): Recorder {
  const recorder = new Recorder({ tags: { env: 'test' } });
  const app = recorder.namespace('app');
  app.counter('hits', { tags: { route: 'a' } }).add(3);
  app.gauge('temp').set(-1.5);
  app.gauge('depth', { tags: { queue: 'in' } }).set(12);
  app.timer('lat').record(0.0125);
  app.histogram('h').record(1.05);
  app.histogram('d').record(1.25);
  return recorder;
}
/** Types of ours for metrics whose type the caller chooses there. */
const alike = (metrics: readonly Metric[], type?: string) =>
  new Map(metrics.map(({ name, ...rest }) => [name, { ...rest, type: type ?? rest.type }]));

it('means the same as what datadog-go sends', () => {
  const theirs = readFileSync(new URL('../golden/datadog-go.txt', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map(parse);
  const ours = new Map(
    (['ms', 'h', 'd'] as const).flatMap((distributions) =>
      [...alike(written(recordSame(), { distributions }))].filter(([name]) =>
        ({ 'app.lat': 'ms', 'app.h': 'h', 'app.d': 'd' })[name] !== undefined
          ? { 'app.lat': 'ms', 'app.h': 'h', 'app.d': 'd' }[name] === distributions
          : true,
      ),
    ),
  );
  // A count of nothing is not worth a line to us.
  expect(ours).toEqual(alike(theirs.filter(({ values, type }) => type !== 'c' || values[0] !== 0)));
});

it('means the same as what hot-shots sends', async () => {
  const socket = createSocket('udp4');
  const lines: string[] = [];
  socket.on('message', (message) =>
    lines.push(
      ...message
        .toString()
        .split('\n')
        .filter((line) => line !== ''),
    ),
  );
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const client = new StatsD({
    host: '127.0.0.1',
    port: socket.address().port,
    prefix: 'app.',
    globalTags: { env: 'test' },
  });
  client.increment('hits', 3, { route: 'a' });
  client.gauge('temp', -1.5);
  client.gauge('depth', 12, { queue: 'in' });
  client.distribution('lat', 12.48);
  client.distribution('h', 1.048);
  client.distribution('d', 1.248);
  await until('all lines', () => lines.length === 6);
  await new Promise((resolve) => client.close(resolve));
  await new Promise<void>((resolve) => socket.close(resolve));
  expect(alike(written(recordSame()))).toEqual(alike(lines.map(parse)));
});

it('cannot be forged, whatever names and tags hold', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }),
    fc.string({
      unit: fc.constantFrom('|', '#', ':', ',', '\n', '@', 'T', '\ud800', 'é', ' ', 'a', '1'),
      minLength: 1,
      maxLength: 12,
    }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(hostile, fc.array(fc.tuple(hostile, hostile), { maxLength: 4 }), fc.nat(1000)), {
        maxLength: 6,
      }),
      fc.integer({ min: 64, max: 600 }),
      (all, maxPacketBytes) => {
        const recorder = new Recorder({ onWarning: () => {} });
        for (const [name, tags, n] of all) {
          try {
            recorder.counter(name, { tags: Object.fromEntries(tags) }).add(n);
          } catch {
            // The name is taken.
          }
        }
        let dropped = 0;
        const snapshot = recorder.cursor().read();
        const backend = statsd({ dialect: 'dogstatsd', maxPacketBytes });
        const payloads = [...backend.encode(snapshot, ({ value }) => (dropped += Number(value)))];
        for (const { body } of payloads)
          expect(Buffer.byteLength(String(body))).toBeLessThanOrEqual(maxPacketBytes);
        const metrics = payloads.flatMap(({ body }) => String(body).split('\n').map(parse));
        const identities = metrics.map(({ name, tags }) => `${name} ${tags.join(',').toLowerCase()}`);
        expect(new Set(identities).size).toBe(identities.length);
        const sum = metrics.reduce((total, { values }) => total + (values[0] as number), dropped);
        expect(sum).toBe(snapshot.samples.reduce((total, { value }) => total + Number(value), 0));
      },
    ),
    { seed, numRuns: 500 },
  );
});

describe('a stream socket', () => {
  const at = folder();

  /** Reads as Datadog's agent does: a little-endian uint32, then so many bytes. What it cannot read ends the connection. */
  async function agent(path: string) {
    const packets: string[] = [];
    let ended = 0;
    const server = createServer((socket) => {
      let bytes = Buffer.alloc(0);
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        bytes = Buffer.concat([bytes, chunk]);
        while (bytes.length >= 4) {
          const length = bytes.readUInt32LE();
          if (length === 0 || length > 8192) {
            ended++;
            return void socket.destroy();
          }
          if (bytes.length < 4 + length) return;
          packets.push(bytes.subarray(4, 4 + length).toString());
          bytes = bytes.subarray(4 + length);
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return { packets, ended: () => ended, close: () => new Promise((resolve) => server.close(resolve)) };
  }

  it("gets packets in frames of at most 8,192 bytes, as Datadog's agent reads them", async () => {
    const path = join(at, 'dsd.stream');
    const { packets, ended, close } = await agent(path);
    const recorder = new Recorder({ onWarning: () => {} });
    const counters = recorder.counter('c', { tagNames: ['n'] });
    for (let n = 0; n < 1500; n++) counters.with({ n: `é${n}` }).add(n);
    const flusher = recorder.flushTo(statsd({ dialect: 'dogstatsd', path }), { every: 60_000 });
    const report = await flusher.flush();
    expect(report).toMatchObject({ complete: true, sent: report.payloads, samples: 1500 });
    expect(report.dropped).toEqual({});
    await until('all packets', () => packets.length === report.payloads);
    expect(packets.length).toBeGreaterThan(2);
    const sizes = packets.map((packet) => Buffer.byteLength(packet));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8192);
    expect(Math.max(...sizes)).toBeGreaterThan(8000);
    const metrics = packets.flatMap((packet) => packet.split('\n').map(parse));
    expect(metrics.reduce((sum, { values }) => sum + (values[0] as number), 0)).toBe((1499 * 1500) / 2);
    expect(ended()).toBe(0);
    await recorder.close();
    await close();
    expect(() => statsd({ dialect: 'dogstatsd', path, maxPacketBytes: 8193 })).toThrow(MetricsError);
  });

  it('of datagrams, and an agent that does not listen on TCP, are told with what to do', async () => {
    const path = join(at, 'dsd.socket');
    const server = spawn(python, [
      '-c',
      `import socket, sys; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1]); print(1, flush=True); sys.stdin.read()`,
      path,
    ]);
    await once(server.stdout, 'data');
    const send = (options: Parameters<typeof statsd>[0]) =>
      statsd({ dialect: 'dogstatsd', ...options }).send(
        { body: 'c:1|c', parts: [] },
        AbortSignal.timeout(5000),
      );
    expect(await send({ path })).toMatchObject({
      outcome: 'failed',
      code: 'EPROTOTYPE',
      message: expect.stringMatching(/UDP.*dogstatsd_stream_socket/),
    });
    server.stdin.end();
    await once(server, 'close');
    expect(await send({ protocol: 'tcp', port: await freePort() })).toMatchObject({
      outcome: 'failed',
      code: 'ECONNREFUSED',
      message: expect.stringMatching(/does not listen on TCP; use protocol 'udp'/),
    });
  });
});
