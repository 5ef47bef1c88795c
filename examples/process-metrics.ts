// The process itself, under the names that dashboards for Node.js know; and what a block of the event loop looks like.
// It is JavaScript as well as TypeScript. Here: node --import tsx examples/process-metrics.ts
import { setTimeout as sleep } from 'node:timers/promises';
import { Recorder } from 'circmetrics';
import { processMetrics } from 'circmetrics/node';
import { prometheus } from 'circmetrics/prometheus';

async function main() {
  const recorder = new Recorder();
  const undo = processMetrics(recorder);

  // A handler that computes for half a second, while everybody else waits.
  await sleep(100);
  const end = performance.now() + 500;
  while (performance.now() < end);
  await sleep(600);

  const snapshot = await recorder.collect();
  for (const { name, value } of snapshot) {
    if (name !== 'eventloop_delay' || value === null || typeof value !== 'object') continue;
    const share = value.countAbove(0.1) / value.count;
    console.log(`whoever came in ${(100 * share).toFixed(0)} % of the time waited 100 ms or longer`);
  }

  let text = '';
  for await (const chunk of prometheus(recorder).render()) text += chunk;
  for (const line of text.split('\n')) if (line !== '' && !/^#|_bucket/.test(line)) console.log(line);

  // Not needed at the end of a process, which nothing of it keeps alive; tests want it.
  undo();
}

main();
