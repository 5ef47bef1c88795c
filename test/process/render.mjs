// Loaded before an example: writes what each of its recorders has when it is closed, or else at the end, as Prometheus
// would scrape it, to a file in the folder that RENDERED names.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { Recorder } from 'circmetrics';
import { prometheus } from 'circmetrics/prometheus';

const open = new Set();
for (const method of ['namespace', 'counter', 'gauge', 'timer', 'histogram', 'text']) {
  const original = Recorder.prototype[method];
  Recorder.prototype[method] = function (...args) {
    open.add(this);
    return original.apply(this, args);
  };
}

let files = 0;
async function write(recorder) {
  if (!open.delete(recorder)) return;
  let text = '';
  for await (const chunk of prometheus(recorder).render()) text += chunk;
  writeFileSync(join(process.env.RENDERED ?? '.', `${files++}.txt`), text);
}

const close = Recorder.prototype.close;
Recorder.prototype.close = async function (...args) {
  await write(this);
  return close.apply(this, args);
};
process.once('beforeExit', async () => {
  for (const recorder of open) await write(recorder);
});
