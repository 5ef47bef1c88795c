import { performance } from 'node:perf_hooks';
import type { Namespace } from '../record/namespace.js';
import { attempt, readInto, type Start } from './part.js';
import { RecentSamples } from './recent.js';

/** Each sample of the utilisation is of so many milliseconds. */
const period = 1000;

/** Where the utilisation is told apart at Prometheus: finer near the whole, which is where services suffer. */
const buckets = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1];

/** The longest block is told by so many values at most; then each of them stands for several moments. */
const mostValues = 1000;

/**
 * The event loop's delay, by a timer that does not keep the process alive.
 *
 * Its samples are of moments that are `resolution` apart: how late is a timer that is due then? A block has as many of
 * them as it is long: 200 ms at a resolution of 20 are ten samples, of 180, 160, … 0 ms. So every span of time has the
 * same number of samples, quantiles are shares of time, and histograms of several processes merge. One sample for each
 * block, which is what a timer alone sees (and `monitorEventLoopDelay`, whose samples have the resolution in them
 * beside), would make a loop that is blocked half of the time look well at the median.
 */
export function eventLoopDelay(nodejs: Namespace, resolution: number): Start {
  const delays = nodejs.timer('eventloop_delay', { help: 'How late the event loop would run a timer.' });
  const recent = new RecentSamples(performance.now());
  let latest = 0;
  const record = (elapsed: number): void => {
    // A timer may fire up to 1 ms early, because its clock is of whole milliseconds.
    const moments = Math.max(1, Math.floor(elapsed / resolution));
    const stride = Math.ceil(moments / mostValues);
    for (let moment = 1; moment <= moments; moment += stride) {
      const late = Math.max(0, elapsed - moment * resolution) / 1000;
      const count = Math.min(stride, moments - moment + 1);
      delays.record(late, count);
      recent.record(late, count);
    }
    latest = Math.max(0, elapsed - resolution) / 1000;
  };
  const startLag = lagGauges(nodejs, recent, () => latest);
  return () => {
    let last = performance.now();
    const timer = setTimeout(() => {
      timer.refresh();
      const now = performance.now();
      recent.moveTo(now);
      record(now - last);
      last = now;
    }, resolution);
    timer.unref();
    const stopLag = startLag();
    return () => {
      clearTimeout(timer);
      stopLag();
    };
  };
}

/**
 * The share of time in which the event loop was busy, of each second. A block that is longer has as many samples as it
 * has seconds, so that quantiles are shares of time here as well.
 */
export function eventLoopUtilization(nodejs: Namespace): Start[] {
  const read = performance.eventLoopUtilization;
  if (attempt(read) === undefined) return [];
  const help = `The share of time in which the event loop was busy, of each ${period} ms.`;
  const utilization = nodejs.histogram('eventloop_utilization', { unit: 'ratio', help, buckets });
  const start: Start = () => {
    let since = performance.now();
    let before = read();
    const timer = setInterval(() => {
      const now = performance.now();
      const busy = read();
      utilization.record(read(busy, before).utilization, Math.max(1, Math.round((now - since) / period)));
      since = now;
      before = busy;
    }, period);
    timer.unref();
    return () => clearInterval(timer);
  };
  return [start];
}

/** What prom-client's dashboards show of the delay: numbers of the last minute, of bins of two digits. */
function lagGauges(nodejs: Namespace, recent: RecentSamples, latest: () => number): Start {
  const gauge = (name: string, what: string) =>
    nodejs.gauge(name, { unit: 'seconds', help: `The event loop's delay: ${what}.` });
  const ofMinute = (name: string, what: string) =>
    gauge(`eventloop_lag_${name}`, `${what} of the last minute`);
  const gauges = [
    gauge('eventloop_lag', 'the latest'),
    ofMinute('min', 'the least'),
    ofMinute('max', 'the greatest'),
    ofMinute('mean', 'the mean'),
    ofMinute('stddev', 'the standard deviation'),
    ofMinute('p50', 'the median'),
    ofMinute('p90', 'the 90th percentile'),
    ofMinute('p99', 'the 99th percentile'),
  ];
  return readInto(nodejs, gauges, () => {
    const all = recent.merged();
    if (all.count === 0) return gauges.map(() => 0);
    return [latest(), all.min(), all.max(), all.mean(), all.stddev(), ...all.quantile([0.5, 0.9, 0.99])];
  });
}
