// A program with two copies of the package, one nested in a dependency: what needs a process, or threads.
import { cpSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { LogLinearHistogram } from 'circmetrics/histogram';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Project } from './project.js';

let project: Project;
beforeAll(async () => {
  project = await Project.withPackage();
  // As npm nests a version that the host does not have.
  const nested = join(project.folder, 'node_modules/library/node_modules');
  mkdirSync(nested, { recursive: true });
  cpSync(join(project.folder, 'node_modules/circmetrics'), join(nested, 'circmetrics'), { recursive: true });
  project.write({
    'node_modules/library/package.json': JSON.stringify({
      name: 'library',
      type: 'module',
      exports: './index.js',
    }),
    'node_modules/library/index.js': `
      export { Recorder } from 'circmetrics';
      export { circonus } from 'circmetrics/circonus';
      export { attach, drainOnExit, processMetrics, share } from 'circmetrics/node';`,
  });
});
afterAll(() => project.remove());

it('has threads of one in the totals of a recorder of the other', async () => {
  project.write({
    'threads.mjs': `
      import { once } from 'node:events';
      import { isMainThread, Worker, workerData } from 'node:worker_threads';
      import { Recorder } from 'circmetrics';
      import { attach } from 'circmetrics/node';
      import * as library from 'library';
      const record = (recorder) => {
        recorder.counter('calls').add(2);
        recorder.timer('wait', { tagNames: ['a'] }).with({ a: 1 }).record(0.5, 3);
        recorder.gauge('depth').set(4);
        recorder.text('version').set('v1');
      };
      if (isMainThread) {
        const recorder = new Recorder();
        recorder.counter('calls').add(1);
        const waits = recorder.timer('wait', { tagNames: ['a'] });
        waits.with({ a: 0 }).record(1);
        for (const which of ['own', 'library']) {
          const worker = new Worker(new URL(import.meta.url), { workerData: { which, shared: library.share(recorder) } });
          worker.once('message', () => {
            const values = [...recorder.snapshot()].map(({ name, tags, value }) => [name, ...tags.flat(), value?.count ?? value]);
            console.log(JSON.stringify(values));
            worker.postMessage('end');
          });
          await once(worker, 'exit');
        }
        // What only threads had, the host may register later.
        recorder.gauge('depth').add(1);
        console.log(recorder.counter('calls').value, waits.with({ a: 1 }).histogram().count, recorder.gauge('depth').value);
      } else {
        record({ own: attach, library: library.attach }[workerData.which](workerData.shared));
        const { parentPort } = await import('node:worker_threads');
        parentPort.postMessage('recorded');
        await once(parentPort, 'message');
      }`,
  });
  const { stdout, stderr } = await project.node('threads.mjs');
  expect(stderr).toBe('');
  const [first = '', second = '', last] = stdout.trim().split('\n');
  expect(JSON.parse(first)).toEqual([
    ['calls', 3],
    ['wait', 'a', '0', 1],
    ['wait', 'a', '1', 3],
    ['depth', 4],
    ['version', 'v1'],
  ]);
  expect(JSON.parse(second)).toEqual([
    ['calls', 5],
    ['wait', 'a', '0', 1],
    ['wait', 'a', '1', 6],
    ['depth', 4],
    ['version', 'v1'],
  ]);
  expect(last).toBe('5 6 1');
});

it('drains a recorder of one at the end of a process by the other', async () => {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    bodies.push(body);
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  project.write({
    'drain.mjs': `
      import { Recorder } from 'circmetrics';
      import { circonus, drainOnExit } from 'library';
      const recorder = new Recorder();
      recorder.flushTo(circonus({ url: '${url}' }), { every: 60_000 });
      drainOnExit(recorder);
      recorder.timer('wait').record(0.5, 4);`,
  });
  const { code, stderr } = await project.node('drain.mjs');
  server.close();
  server.closeAllConnections();
  expect([code, stderr]).toEqual([0, '']);
  const waits = new LogLinearHistogram();
  waits.record(0.5, 4);
  expect(bodies.map((body) => JSON.parse(body))).toEqual([
    { 'wait|ST[units:seconds]': { _type: 'H', _value: waits.toBase64(), _ts: expect.any(Number) } },
  ]);
});
