// A recorder whose time stands still, and one of a shop, with everything that Prometheus has a form for.
import { Recorder } from 'circmetrics';

/** 2023-11-14T22:13:10.5Z. */
export const start = 1_699_999_990_500;

export const newRecorder = (): Recorder => new Recorder({ clock: { now: () => start }, onWarning: () => {} });

/** Of every kind of metric one, with what has to be escaped. */
export function shop(): Recorder {
  const recorder = newRecorder();
  recorder
    .namespace('http')
    .counter('requests', { help: 'Requests "served".', tagNames: ['method', 'path'] })
    .with({ method: 'GET', path: '/a "b"\\c\nd' })
    .add(42);
  recorder.gauge('queue.depth').set(-3.5);
  const latency = recorder.timer('latency', { buckets: [0, 0.011, 0.26, 1.3], tags: { zone: ['a', 'b'] } });
  for (const value of [0, 0.0101, 0.0109, 0.25]) latency.record(value);
  recorder
    .namespace('app')
    .text('build', { tags: { commit: 'f00' } })
    .set('v1.9 "x"\\');
  return recorder;
}
