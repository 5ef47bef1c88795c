// What backends write, and something of every kind for them to write.
import { type Backend, Recorder } from 'circmetrics';

/** What a backend writes of all that was recorded, and why it leaves out what it leaves out. */
export function written(backend: Backend, fill: (recorder: Recorder) => void) {
  const recorder = new Recorder({ clock: { now: () => 1_700_000_000_123 }, onWarning: () => {} });
  fill(recorder);
  const snapshot = backend.temporality === 'delta' ? recorder.cursor().read() : recorder.snapshot();
  const dropped: Record<string, string> = {};
  const payloads = [
    ...backend.encode(snapshot, ({ series }, reason) => {
      dropped[series.name] = reason;
    }),
  ];
  return { bodies: payloads.map(({ body }) => String(body)), dropped, payloads, snapshot };
}

/** One metric of each kind, and those that give nothing or are at the end of their range. */
export const sample = (recorder: Recorder): void => {
  const app = recorder.namespace('app');
  app.counter('http.requests', { tags: { method: 'GET' } }).add(7);
  app.gauge('queue.depth').set(-3.5);
  app.timer('db.query').record(0.0125);
  app.text('version').set('v1.9.2');
  app.gauge('none').set(Number.NaN);
  app.counter('idle');
  app.gauge('wide', { type: 'int64' }).set(-(2n ** 63n));
};
