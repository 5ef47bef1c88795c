// A process of prom-client's cluster: the same series as `fill` of threads.ts has, touched whenever it is told.
import process from 'node:process';
import { AggregatorRegistry, Counter, Histogram, Registry } from 'prom-client';

const [counters, histograms] = process.argv.slice(2).map(Number) as [number, number];
const registers = [new Registry()];
AggregatorRegistry.setRegistries(registers);
const requests = new Counter({
  name: 'requests_total',
  help: 'Requests.',
  labelNames: ['route', 'status'],
  registers,
});
const latency = new Histogram({
  name: 'latency_seconds',
  help: 'Latency.',
  labelNames: ['route'],
  registers,
});
const touch = (times: number): void => {
  for (let i = 0; i < counters; i++) requests.inc({ route: `/route/${i}`, status: 200 }, i);
  for (let i = 0; i < histograms * times; i++) {
    latency.observe({ route: `/route/${i % histograms}` }, 0.001 * 10 ** (4 * Math.random()));
  }
  process.send?.('touched');
};
// It has a listener of its own for messages; ours are strings.
new AggregatorRegistry();
process.on('message', (message) => {
  if (message === 'touch') touch(1);
});
touch(100);
