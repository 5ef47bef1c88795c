// A million timings to a UDP sink in a process of its own, beside the client that most services use.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Recorder } from 'circmetrics';
import { statsd } from 'circmetrics/statsd';
import { StatsD } from 'hot-shots';
import { type Bench, median, normal, seeded } from './harness.js';

const calls = 1_000_000;
/** Calls between two turns of the event loop, in which a client's sockets can send: as if requests came in. */
const turn = 1000;

interface Tally {
  readonly datagrams: number;
  readonly bytes: number;
  /** Samples, each counted as often as its rate says. */
  readonly samples: number;
}

/** Counts what arrives, in a process of its own, so that no client waits for it. */
const sink = `
const socket = require('node:dgram').createSocket({ type: 'udp4', recvBufferSize: 1 << 26 });
let tally = { datagrams: 0, bytes: 0, samples: 0 };
socket.on('message', (message) => {
  tally.datagrams++;
  tally.bytes += message.length;
  for (const line of message.toString().split('\\n')) {
    if (line === '') continue;
    const rate = /\\|@([\\d.]+)/.exec(line);
    const values = line.slice(line.indexOf(':') + 1, line.indexOf('|')).split(':').length;
    tally.samples += values * (rate === null ? 1 : Math.floor(1 / Number(rate[1])));
  }
});
socket.bind(0, '127.0.0.1', () => process.send({ port: socket.address().port }));
process.on('message', () => {
  process.send(tally);
  tally = { datagrams: 0, bytes: 0, samples: 0 };
});`;

export const remarks = `hot-shots sends each call, or joins calls into packets; ours adds up in the process and sends bins once a pass. So the
time of a call is that of another kind of work, and packets grow with calls there and with series here.`;

export default async function statsdBench(bench: Bench): Promise<void> {
  bench.versions('hot-shots');
  const child = fork('-e', [sink], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const tally = async (): Promise<Tally> => {
    // Long enough for the sink to have read what is on the way.
    await new Promise((resolve) => setTimeout(resolve, 500));
    child.send('');
    return ((await once(child, 'message')) as [Tally])[0];
  };

  const gauss = normal(seeded(7));
  const latencies = Float64Array.from({ length: 4096 }, () => 0.02 * Math.exp(gauss() * 0.8));
  const routes = Array.from({ length: 20 }, (_, i) => `/route/${i}`);
  const statuses = ['200', '204', '301', '404', '500'];

  /**
   * Runs the calls in turns, then what sends the rest: nanoseconds a call, in the median of the turns because others
   * may have the processor in some, and milliseconds for the rest.
   */
  const timed = async (call: (i: number) => void, end: () => Promise<unknown>): Promise<[number, number]> => {
    const busy: number[] = [];
    for (let i = 0; i < calls; i += turn) {
      const start = performance.now();
      for (let j = i; j < i + turn; j++) call(j);
      busy.push(performance.now() - start);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const start = performance.now();
    await end();
    return [(median(busy) * 1e6) / turn, performance.now() - start];
  };

  const pick = (i: number): { route: string; status: string } => ({
    route: routes[i % 20] as string,
    status: statuses[(i >> 5) % 5] as string,
  });
  const recorder = new Recorder();
  const family = recorder.timer('latency', { tagNames: ['route', 'status'] });
  const flusher = recorder.flushTo(statsd({ port, dialect: 'dogstatsd' }), { every: 3_600_000 });
  // Handles are kept, as they are where a loop needs them; hot-shots has nothing to keep.
  const handles = Array.from({ length: 640 }, (_, i) => family.with(pick(i)));
  const [own, flush] = await timed(
    (i) => (handles[i % 640] as (typeof handles)[0]).record(latencies[i & 4095] as number),
    () => flusher.flush(),
  );
  const ownTally = await tally();
  await recorder.close();

  const hotShots = async (maxBufferSize: number): Promise<[number, Tally]> => {
    const client = new StatsD({
      host: '127.0.0.1',
      port,
      maxBufferSize,
      cacheDns: true,
      errorHandler: () => {},
    });
    const [time] = await timed(
      (i) => client.distribution('latency', (latencies[i & 4095] as number) * 1000, pick(i)),
      () => new Promise((resolve) => client.close(resolve)),
    );
    return [time, await tally()];
  };
  const [buffered, bufferedTally] = await hotShots(1432);
  const [unbuffered, unbufferedTally] = await hotShots(0);
  child.kill();

  bench.say('\n1,000,000 timings with two tags over 100 series, to a UDP sink');
  for (const [name, time, { datagrams, bytes, samples }] of [
    ['circmetrics', own, ownTally],
    ['hot-shots, buffered', buffered, bufferedTally],
    ['hot-shots, unbuffered', unbuffered, unbufferedTally],
  ] as const) {
    const count = datagrams.toLocaleString('en').padStart(9);
    const size = `${(bytes / 1e6).toFixed(2)} MB`.padStart(9);
    const loss = `${((1 - samples / calls) * 100).toFixed(1)} %`.padStart(7);
    bench.say(
      `  ${name.padEnd(22)} ${time.toFixed(0).padStart(6)} ns a call ${count} datagrams ${size}  loss ${loss}`,
    );
  }
  bench.say(`  and ${flush.toFixed(0)} ms for the one flush of circmetrics`);
  bench.figure('samples that circmetrics lost', calls - ownTally.samples, '', { atMost: 0 });
  bench.figure('time a call: hot-shots, buffered / circmetrics', buffered / own, '×', { atLeast: 100 });
  bench.figure('time a call: hot-shots, unbuffered / circmetrics', unbuffered / own, '×', { atLeast: 100 });
  bench.figure(
    'datagrams: buffered / circmetrics',
    Math.ceil(calls / (bufferedTally.samples / bufferedTally.datagrams)) / ownTally.datagrams,
    '×',
    { atLeast: 20 },
  );
  bench.figure('datagrams: unbuffered / circmetrics', calls / ownTally.datagrams, '×', { atLeast: 500 });
}
