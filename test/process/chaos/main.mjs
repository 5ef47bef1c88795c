// Starts workers and ends them at random instants while all that they record is read, and says as JSON what was wrong.
// Its argument is how many; `control` after it makes the mistake that the test is there to find.
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Recorder } from 'circmetrics';
import { share } from 'circmetrics/node';
import { buckets, sides, tallies, values } from './plan.mjs';

const count = Number(process.argv[2]);
const control = process.argv[3] === 'control';
const atATime = 4;
const fates = ['terminate', 'terminate', 'terminate', 'throw', 'exit', 'return'];

const warnings = [];
const recorder = new Recorder({ onWarning: (message) => warnings.push(message) });
const metrics = share(recorder);
const tally = new SharedArrayBuffer(count * tallies * 8);
const noted = new Float64Array(tally);
const wrong = [];
let [killed, reads] = [0, 0];
let [half, full] = [{}, {}];

/** No total ever goes down. */
const greatest = new Map();
function atLeast(key, now) {
  const before = greatest.get(key) ?? 0;
  if (!(now >= before)) wrong.push(`${key} went from ${before} to ${now}`);
  greatest.set(key, now);
}

/** What a consumer of differences was delivered, of families that end as well. */
const cursor = recorder.cursor();
const delivered = new Map();

function read() {
  reads++;
  for (const { name, kind, tags, value } of recorder.snapshot()) {
    if (name === 'brief') continue;
    const key = `${name} ${tags}`;
    if (kind === 'counter') atLeast(key, value);
    if (kind === 'histogram') for (const bin of value.bins()) atLeast(`${key} ${bin.edge}`, bin.count);
    if (name === 'bounded')
      for (const [bound, count] of value.buckets()) atLeast(`${key} up to ${bound}`, count);
    if (name === 'version' && value !== null && !/^(v\d+ )\1*$/.test(value)) wrong.push(`torn: ${value}`);
  }
  if (Math.random() < 0.5) return;
  const { samples } = cursor.read();
  for (const { name, kind, value } of samples) {
    const amount = kind === 'counter' ? value : kind === 'histogram' ? value.count : 0;
    if (amount < 0) wrong.push(`${name}: a difference of ${amount}`);
    delivered.set(name, (delivered.get(name) ?? 0) + amount);
  }
  cursor.commit(samples);
}

process.on('uncaughtException', (error) => {
  wrong.push(String(error.stack));
  report();
});

const readWhenever = async () => {
  while (reads >= 0) {
    try {
      read();
    } catch (error) {
      wrong.push(String(error.stack));
    }
    // What is broken on purpose only gets worse.
    if (control && wrong.length > 0) report();
    await sleep(Math.random() * 30);
  }
};

async function one(place) {
  const fate = fates[Math.floor(Math.random() * fates.length)];
  const records = fate === 'terminate' ? Number.POSITIVE_INFINITY : 1000 + Math.random() * 20_000;
  const worker = new Worker(new URL('worker.mjs', import.meta.url), {
    workerData: { metrics, fate, place, tally, records },
  });
  const { threadId: id } = worker;
  worker.on('error', (error) => error.message === 'as planned' || wrong.push(String(error.stack)));
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  if (fate === 'terminate') {
    killed++;
    // Most are caught while they record, some while they begin.
    const records = () => noted[place * tallies] > 0;
    while (control ? !records() : !records() && Math.random() > 0.05) await sleep(2);
    await sleep(Math.random() * 30);
    if (control) {
      // As if it had ended by now, which it has not before it is told to.
      recorder.registry.threads.ended(id);
      await sleep(20);
    }
    worker.terminate();
  }
  await ended;
}

const memory = () => {
  globalThis.gc();
  return { heap: process.memoryUsage().heapUsed, shared: metrics.buffer.byteLength };
};
async function run(from, to) {
  let next = from;
  const lane = async () => {
    while (next < to) await one(next++);
  };
  await Promise.all(Array.from({ length: atATime }, lane));
}

void readWhenever();
await run(0, count / 2);
half = memory();
await run(count / 2, count);
full = memory();
reads = Number.NEGATIVE_INFINITY;
await sleep(20);

// Until there is nothing more.
for (let i = 0; i < 20; i++) read();
report();

function report() {
  const found = { wrong: wrong.slice(0, 20), over: {}, killed, half: {}, full: {}, warnings, gauges: [] };
  console.log(JSON.stringify(Object.assign(found, wrong.length > 0 ? {} : totals())));
  process.exit(0);
}

function totals() {
  const samples = recorder.snapshot().samples;
  const sum = (name) =>
    samples.filter((sample) => sample.name === name).reduce((all, { value }) => all + value, 0);
  const told = (at) =>
    Array.from({ length: count }, (_, i) => noted[i * tallies + at]).reduce((all, n) => all + n, 0);
  /** How much more there is than in the tally. */
  const over = {
    calls: sum('calls') - told(0),
    routes: (sum('routes') - told(1)) / 2,
    brief: delivered.get('brief') - told(2),
  };
  const sizes = samples.find(({ name }) => name === 'size').value;
  for (const [i, value] of values.entries()) over[`size ${value}`] = sizes.countNear(value) - told(3 + i);
  // Between two bounds each: a sample that is not in the tally is at several bounds, but between two only.
  const bounded = samples.find(({ name }) => name === 'bounded').value;
  const upTo = [...bounded.buckets().map(([, count]) => count), bounded.count];
  for (const [i, bound] of [...buckets, Number.POSITIVE_INFINITY].entries()) {
    const within = (value) => value <= bound && !(value <= buckets[i - 1]);
    const noted = sides.map((value, side) => (within(value) ? told(3 + values.length + side) : 0));
    over[`bounded ${bound}`] = upTo[i] - (upTo[i - 1] ?? 0) - noted.reduce((all, n) => all + n, 0);
  }
  const same =
    delivered.get('calls') === sum('calls') &&
    delivered.get('routes') === sum('routes') &&
    delivered.get('size') === sizes.count &&
    delivered.get('bounded') === bounded.count;
  if (!same) over.delivered = Number.NaN;
  const gauges = samples.filter(({ kind }) => kind === 'gauge').map(({ name, value }) => [name, value]);
  return { over, half, full, gauges };
}
