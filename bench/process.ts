// What measuring the process costs: a collection, and the timer that samples the event loop in a process that is idle.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { Recorder } from 'circmetrics';
import { processMetrics } from 'circmetrics/node';
import type { Bench } from './harness.js';

const seconds = 5;

/** The child's whole program: does nothing for some seconds, and says how much processor time that took. */
const idle = `
const { Recorder } = await import(process.argv[1] + 'index.js');
const { processMetrics } = await import(process.argv[1] + 'node.js');
if (process.argv[2] === 'on') processMetrics(new Recorder());
await new Promise((resolve) => setTimeout(resolve, 500));
const before = process.cpuUsage();
await new Promise((resolve) => setTimeout(resolve, ${seconds * 1000}));
const { user, system } = process.cpuUsage(before);
console.log(user + system);`;

/** Percent of one processor. */
function idleShare(state: 'on' | 'off'): number {
  const dist = new URL('../dist/', import.meta.url).href;
  const args = ['--input-type=module', '--eval', idle, dist, state];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return Number.parseFloat(stdout) / 1e4 / seconds;
}

export default async function processBench(bench: Bench): Promise<void> {
  const recorder = new Recorder();
  const undo = processMetrics(recorder);
  const times: number[] = [];
  for (let i = 0; i < 1000; i++) {
    const begun = performance.now();
    recorder.snapshot();
    times.push((performance.now() - begun) * 1000);
    // The event loop has to turn, as it does between collections.
    if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  undo();
  times.sort((a, b) => a - b);
  bench.figure('a collection, the median', times[500] as number, 'µs', { atMost: 1000 });
  bench.figure('a collection, 99 in 100', times[990] as number, 'µs');
  bench.figure('an idle process without', idleShare('off'), '%');
  bench.figure('an idle process with it on', idleShare('on'), '%');
}
