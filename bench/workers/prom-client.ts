// A process of prom-client's cluster: the same series as `fill` of threads.ts has, touched whenever it is told.
import process from 'node:process';
import { AggregatorRegistry } from 'prom-client';
import { promClient } from '../peers/prom-client.js';

const [counters, histograms] = process.argv.slice(2).map(Number) as [number, number];
const { registry, requests, latency } = promClient();
AggregatorRegistry.setRegistries([registry]);
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
