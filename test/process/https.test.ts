// The built package, in both of its forms, with a broker that has a CA of its own.
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pem } from '../golden/pem.js';
import { type Ended, root, run } from './project.js';

let requests = 0;
const server = createServer({ key: pem('key'), cert: pem('cn') }, (request, response) => {
  requests++;
  request.resume().on('end', () => response.end('{"stats":1}'));
});
server.keepAliveTimeout = 60_000;
beforeAll(() => new Promise<void>((resolve) => server.listen(0, resolve)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Makes a pass and says how it went. What it leaves open must not keep the process. */
function program(load: (name: string) => string, before = ''): string {
  const { port } = server.address() as AddressInfo;
  return `
    ${before}
    (async () => {
      const { Recorder } = ${load('circmetrics')};
      const { circonus } = ${load('circmetrics/circonus')};
      const ca = ${JSON.stringify(pem('ca'))};
      const recorder = new Recorder({ onWarning() {} });
      recorder.counter('calls').add();
      const backend = circonus({ url: 'https://localhost:${port}/module/httptrap/u/s', ca });
      const flusher = recorder.flushTo(backend, { every: 100_000 });
      await flusher.flush();
      const { lastError, totals } = flusher.status();
      console.log(totals.payloads, lastError?.code, lastError?.message);
    })();`;
}

async function node(type: 'module' | 'commonjs', text: string): Promise<Ended & { ms: number }> {
  const begun = performance.now();
  const ended = await run(process.execPath, [`--input-type=${type}`, '-e', text], { cwd: root });
  return { ...ended, ms: performance.now() - begun };
}
const load = {
  module: (name: string) => `await import('${name}')`,
  commonjs: (name: string) => `require('${name}')`,
};

describe.each(['module', 'commonjs'] as const)('as %s', (type) => {
  it('flushes, and lets the process end while the connection is open', async () => {
    const before = requests;
    const { code, stdout, stderr, ms } = await node(type, program(load[type]));
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '1 undefined undefined\n', stderr: '' });
    expect(requests).toBe(before + 1);
    // Much less than the server would keep it.
    expect(ms).toBeLessThan(10_000);
  });
});

describe('where there is no node:https', () => {
  it('loads all the same, and says so in the status', async () => {
    const hooks = `export async function resolve(specifier, context, next) {
      if (specifier === 'node:https') throw new Error('there is no node:https');
      return next(specifier, context);
    }`;
    const before = `import { register } from 'node:module';
      register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hooks)}));`;
    // The modules that other runtimes load.
    const modules = (name: string): string => `await import('./dist/${name.split('/')[1] ?? 'index'}.js')`;
    const { code, stdout, stderr } = await node('module', program(modules, before));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe("0 no_https a CA of one's own needs node:https: there is no node:https\n");
  });
});
