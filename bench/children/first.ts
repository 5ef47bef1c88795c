// What a recorder's first pass or first render costs, in which all names are made: of so many counters, each a metric
// of its own or all of one family.
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Recorder } from 'circmetrics';
import { prometheus } from 'circmetrics/prometheus';
import { type Cost, cost, renderAll, takesEverything } from './blocks.js';

export type First = 'pass' | 'render';

const [what, counters, apart] = process.argv.slice(2);
const size = Number(counters);
const recorder = new Recorder({ maxSeries: size });
const requests = recorder.counter('requests', { tagNames: ['route', 'status'], maxSeries: size });
for (let n = 0; n < size; n++)
  (apart === 'apart'
    ? recorder.counter(`requests_${n}`)
    : requests.with({ route: `/route/${n}`, status: 200 })
  ).add();
globalThis.gc?.();
// V8 gives freed memory back in the background. An allocation waits until it has finished.
await sleep(500);

async function first(): Promise<Cost> {
  if (what === ('render' satisfies First)) return cost(() => renderAll(prometheus(recorder)));
  const flusher = recorder.flushTo(takesEverything(), { every: 3_600_000, timeout: 60_000 });
  const found = await cost(() => flusher.flush());
  await flusher.destroy();
  return found;
}

console.log(JSON.stringify(await first()));
