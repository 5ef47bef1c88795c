// Measures the bytes of one histogram series. The argument is the number of declared bounds, 0 for none.
import process from 'node:process';
import { Recorder } from 'circmetrics';
import { used } from './used.js';

const bounds = Number(process.argv[2]);
const count = 20_000;
const ids = Array.from({ length: count }, (_, i) => `${i}`);

/** Makes a recorder with a number of series. */
function filled(): Recorder {
  const recorder = new Recorder();
  const sizes = recorder.histogram('size', {
    tagNames: ['id'],
    maxSeries: count,
    ...(bounds > 0 && { buckets: Array.from({ length: bounds }, (_, i) => 1.5 * (i + 1)) }),
  });
  for (const id of ids) for (let value = 1; value < 100; value += 3.3) sizes.with({ id }).record(value);
  return recorder;
}

// The second time all code is compiled, and what the heap takes are the series.
filled();
const before = used();
const recorder = filled();
const bytes = (used() - before) / count;
if (recorder.snapshot().samples.length !== count) throw new Error('Series are missing.');
console.log(JSON.stringify(bytes));
