// Records as fast as it can until it is ended, one way or another, and keeps a tally that shares nothing with what is
// tested: after each record one more, so that at most the last one before the end is not in it.
import process from 'node:process';
import { workerData } from 'node:worker_threads';
import { attach } from 'circmetrics/node';
import { buckets, sides, tallies, values } from './plan.mjs';

const { fate, place, tally, records } = workerData;
const noted = new Float64Array(tally, place * tallies * 8, tallies);
const mine = attach(workerData.metrics, { onWarning: () => {} });
const calls = mine.counter('calls');
const sizes = mine.namespace('api').histogram('size');
const bounded = mine.histogram('bounded', { buckets });
const routes = mine.counter('routes', { tagNames: ['route'], maxSeries: 200 });
const brief = mine.counter('brief', { tagNames: ['id'], maxSeries: 50 });
const waits = mine.timer('wait', { tagNames: ['route'], maxSeries: 40 });
mine.gauge('workers').set(1);
const version = mine.text('version');

// How far this one grows is its own affair.
const [bins, width] = [1 + Math.floor(Math.random() * values.length), 1 + Math.floor(Math.random() * 200)];
for (let i = 0; i < records; i++) {
  const random = Math.floor(Math.random() * 1e6);
  calls.add();
  noted[0] += 1;
  const bin = random % bins;
  sizes.record(values[bin]);
  noted[3 + bin] += 1;
  const side = random % sides.length;
  bounded.record(sides[side]);
  noted[3 + values.length + side] += 1;
  routes.with({ route: random % width }).add(2);
  noted[1] += 2;
  if (i % 16 === 0) {
    const id = random % 100;
    brief.with({ id }).add();
    noted[2] += 1;
    if (random % 3 === 0) brief.remove({ id });
    if (random % 50 === 0) brief.clear();
    waits.with({ route: random % 60 }).record(values[3] * (random % 100));
  }
  if (i % 1024 === 0) version.set(`v${place} `.repeat(1 + (random % 100)));
}
if (fate === 'throw') throw new Error('as planned');
if (fate === 'exit') process.exit(3);
