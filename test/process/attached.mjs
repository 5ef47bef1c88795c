// A worker of threads.test.ts: does what its workerData says and tells what came of it.
import { parentPort, threadId, Worker, workerData } from 'node:worker_threads';
import { Recorder } from 'circmetrics';
import { attach, share } from 'circmetrics/node';

const attempt = (what) => {
  try {
    what();
    return 'fine';
  } catch (error) {
    return `${error.name} ${error.code}`;
  }
};
const once = (emitter, event) => new Promise((resolve) => emitter.once(event, resolve));

const plays = {
  twice: () => attempt(() => [attach(workerData), attach(workerData)]),
  other: () => attempt(() => [attach(workerData.metrics), attach(workerData.others)]),
  // One that has no say in it: a worker of this worker.
  async nested() {
    attach(workerData);
    const worker = new Worker(new URL(import.meta.url), { workerData: { ...workerData, play: 'counts' } });
    return `${(await once(worker, 'error')).code}`;
  },
  // A recorder of this worker's own is shared with its own workers.
  async own() {
    attach(workerData);
    const recorder = new Recorder();
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { metrics: share(recorder), play: 'counts' },
    });
    await once(worker, 'exit');
    return recorder.snapshot().samples.map(({ name, value }) => [name, value]);
  },
  counts() {
    const recorder = attach(workerData, { tags: workerData.tags });
    recorder.counter('calls').add(threadId > 0 ? 3 : 0);
  },
  observes() {
    const recorder = attach(workerData.metrics, { every: 20 });
    recorder.gauge('answer', { observe: async () => 42 });
    const runs = recorder.counter('runs');
    recorder.onCollect(() => runs.add());
    parentPort.on('message', () => parentPort.close());
  },
  posted() {
    parentPort.once('message', (shared) => attach(shared).counter('calls').add(5));
  },
};

const said = await plays[workerData.play]();
if (said !== undefined) parentPort.postMessage(said);
