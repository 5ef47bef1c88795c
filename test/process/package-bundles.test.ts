// The package in bundles: every bundler takes every subpath that is not Node's own, drops what is not used, and
// makes a program that runs.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pem } from '../golden/pem.js';
import { bundlers, weight } from './bundlers.js';
import { specifiers } from './manifest.js';
import { Project } from './project.js';

let project: Project;
beforeAll(async () => {
  project = await Project.withPackage();
});
afterAll(() => project.remove());

/**
 * What programs print, and what they may weigh: bytes of all their files, minified and compressed. The aim is 7.5 kB for
 * a histogram, 24 kB for a counter and 33 kB with Prometheus; exact bounds and surer delivery took more.
 */
const programs: Readonly<
  Record<string, { readonly code: string; readonly says: string; readonly atMost: number }>
> = {
  unitInfo: {
    code: "import { unitInfo } from 'circmetrics'; console.log(unitInfo('bytes').symbol);",
    says: 'B\n',
    atMost: 2000,
  },
  'a histogram': {
    code: `import { LogLinearHistogram } from 'circmetrics/histogram';
      const histogram = new LogLinearHistogram();
      histogram.record(12);
      console.log(histogram.count);`,
    says: '1\n',
    atMost: 10_200,
  },
  'a counter': {
    code: `import { Recorder } from 'circmetrics';
      const recorder = new Recorder();
      recorder.counter('calls').add(3);
      console.log(recorder.snapshot().samples[0].value);`,
    says: '3\n',
    atMost: 32_200,
  },
  'a counter for Prometheus': {
    code: `import { Recorder } from 'circmetrics';
      import { prometheus } from 'circmetrics/prometheus';
      const recorder = new Recorder();
      recorder.counter('calls').add(3);
      async function print() {
        for await (const text of prometheus(recorder).render()) console.log(text.split('\\n')[2]);
      }
      // Not awaited here, because webpack does not join modules that wait with others.
      print();`,
    says: 'calls_total 3\n',
    atMost: 41_700,
  },
};

/** Imports every subpath, uses each, and has the histogram of two of them. */
const everything = (names: readonly string[]): string => `
  ${names.map((name, i) => `import * as module${i} from '${name}';`).join('\n')}
  import { LogLinearHistogram, Recorder } from 'circmetrics';
  import { LogLinearHistogram as Alone } from 'circmetrics/histogram';
  import { circonus } from 'circmetrics/circonus';
  import { graphite } from 'circmetrics/graphite';
  import { statsd } from 'circmetrics/statsd';
  const recorder = new Recorder({ onWarning() {} });
  recorder.counter('calls').add(3);
  const codes = [];
  for (const backend of [
    circonus({ url: 'https://127.0.0.1:1/module/httptrap/u/s', ca: ${JSON.stringify(pem('ca'))} }),
    graphite({ host: '127.0.0.1', port: 1 }),
    statsd({ host: '127.0.0.1', port: 1, protocol: 'tcp' }),
    statsd({ host: '127.0.0.1', port: 1 }),
  ]) {
    const flusher = recorder.flushTo(backend, { every: 1000, retries: 0 });
    codes.push((await flusher.flush()).error?.code ?? 'none');
    flusher.destroy();
  }
  const modules = [${names.map((_, i) => `module${i}`).join(', ')}];
  console.log(LogLinearHistogram === Alone, modules.every((one) => Object.keys(one).length > 0), ...codes);`;

describe.each(Object.entries(bundlers))('%s', (bundler, { bundle, node }) => {
  const run = async (name: string, code: string, minify: boolean) => {
    const [entry, outdir] = [`${bundler} ${name}`.replace(/\W+/g, '-')].flatMap((path) => [
      join(project.folder, `${path}.mjs`),
      join(project.folder, path),
    ]) as [string, string];
    writeFileSync(entry, code);
    await bundle(entry, outdir, minify);
    return { ...(await project.node(join(outdir, 'main.mjs'))), bytes: weight(outdir) };
  };

  it.each(Object.entries(programs))('%s', async (name, { code, says, atMost }) => {
    const { bytes, ...ended } = await run(name, code, true);
    expect(ended).toEqual({ code: 0, stdout: says, stderr: '' });
    expect(bytes).toBeLessThanOrEqual(atMost);
  });

  it('takes every subpath', async () => {
    const names = specifiers.filter((name) => node || name !== 'circmetrics/node');
    const { code, stdout, stderr } = await run('everything', everything(names), false);
    // Vite puts something empty in place of what only Node.js has; others leave it, and it is there where this runs.
    const codes = bundler === 'Vite' ? / (\w+ ){3}\w+/ : / (ECONNREFUSED ?){4}/;
    expect(stdout + stderr).toMatch(new RegExp(`^true true${codes.source}\n$`));
    expect(code).toBe(0);
  });

  it.skipIf(bundler.startsWith('Rollup'))('has the package once where CommonJS requires it too', async () => {
    project.write({ 'required.cjs': "exports.Recorder = require('circmetrics').Recorder;" });
    const code = `import { Recorder } from 'circmetrics';
      import required from './required.cjs';
      console.log(required.Recorder === Recorder);`;
    expect(await run('both', code, false)).toMatchObject({ code: 0, stdout: 'true\n' });
  });
});
