// The package as its users get it: packed, installed in an empty folder, and imported in every way there is.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manifest, specifiers } from './manifest.js';
import { type Ended, Project, root } from './project.js';

let project: Project;
beforeAll(async () => {
  project = await Project.withPackage();
});
afterAll(() => project.remove());

const installed = (path = ''): string => join(project.folder, 'node_modules/circmetrics', path);

describe('the tarball', () => {
  it('holds the built files, the words about them, and nothing else', () => {
    const files = readdirSync(installed()).sort();
    expect(files).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json']);
    for (const file of readdirSync(installed('dist')))
      expect(file).toMatch(/^[\w-]+\.(js|cjs|d\.ts|d\.cts)$/);
  });

  it('depends on nothing', () => {
    for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies'] as const) {
      expect(manifest[kind] ?? {}, kind).toEqual({});
    }
    expect(readdirSync(join(project.folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(
      ['circmetrics'],
    );
  });

  it('is under 340 kB when unpacked', () => {
    const files = readdirSync(installed(), { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    const bytes = files.reduce((all, { parentPath, name }) => all + statSync(join(parentPath, name)).size, 0);
    expect(bytes).toBeLessThan(340_000);
    expect(files.length).toBeGreaterThan(20);
  });

  it('imports only its own files', () => {
    let imports = 0;
    for (const file of readdirSync(installed('dist'))) {
      const text = readFileSync(installed(`dist/${file}`), 'utf8');
      for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
        imports++;
        // Sockets are Node's; the core and what needs none must do without.
        if (/^node:(dgram|dns\/promises|https|net|process|tls)$/.test(fileName)) continue;
        // So is what circmetrics/node measures, and what threads have of each other.
        if (/^node\.c?js$/.test(file) && /^node:(fs|perf_hooks|v8|worker_threads)$/.test(fileName)) continue;
        expect(fileName, `imported by ${file}`).toMatch(/^\.\/[\w-]+\.(js|cjs)$/);
        const target = file.includes('.d.') ? fileName.replace(/\.(c?)js$/, '.d.$1ts') : fileName;
        expect(existsSync(installed(`dist/${target}`)), `${fileName} imported by ${file}`).toBe(true);
      }
      expect(text, file).not.toContain(root);
    }
    expect(imports).toBeGreaterThan(5);
  });
});

describe('every subpath', () => {
  const namesOf = async (file: string, text: string): Promise<Record<string, string[]>> => {
    project.write({ [file]: text });
    const { code, stdout, stderr } = await project.node(file);
    expect([code, stderr]).toEqual([0, '']);
    return JSON.parse(stdout) as Record<string, string[]>;
  };

  it('gives ESM and CommonJS the same names', async () => {
    const list = JSON.stringify(specifiers);
    const fromEsm = await namesOf(
      'names.mjs',
      `const names = {};
       for (const specifier of ${list}) names[specifier] = Object.keys(await import(specifier)).sort();
       console.log(JSON.stringify(names));`,
    );
    const fromCommonJs = await namesOf(
      'names.cjs',
      `const names = {};
       for (const specifier of ${list}) names[specifier] = Object.keys(require(specifier)).sort();
       console.log(JSON.stringify(names));`,
    );
    expect(fromCommonJs).toEqual(fromEsm);
    expect(fromEsm).toMatchObject({
      circmetrics: ['LogLinearHistogram', 'MetricsError', 'Recorder', 'unitInfo'],
      'circmetrics/circonus': ['circonus', 'circonusPull', 'toJson'],
      'circmetrics/prometheus': ['prometheus'],
      'circmetrics/histogram': expect.arrayContaining(['LogLinearHistogram', 'binOf']),
    });
  });

  it.each([
    ['nodenext', ['esm.mts', 'commonjs.cts'], { module: 'nodenext' }],
    ['bundler', ['bundled.ts'], { module: 'esnext', moduleResolution: 'bundler' }],
    ['node10', ['old.ts'], { module: 'commonjs', moduleResolution: 'node10' }],
  ])('has types that hold under %s', async (_, files, options) => {
    const text = `
      ${specifiers.map((specifier, i) => `import * as module${i} from '${specifier}';`).join('\n')}
      import { LogLinearHistogram, Recorder, type Backend, type Counter, type Snapshot } from 'circmetrics';
      import { LogLinearHistogram as Alone, binOf } from 'circmetrics/histogram';
      import { circonus, circonusPull, toJson } from 'circmetrics/circonus';
      import { type PrometheusScrape, prometheus } from 'circmetrics/prometheus';

      export const modules: object[] = [${specifiers.map((_, i) => `module${i}`).join(', ')}];
      const recorder = new Recorder({ tags: { app: 'shop' } });
      const calls: Counter = recorder.counter('calls', { unit: 'requests' });
      calls.add(2);
      const backend: Backend = circonus({ url: 'http://127.0.0.1:1/module/httptrap/uuid/secret' });
      export const flusher = recorder.flushTo(backend, { every: 1000 });
      const snapshot: Snapshot = recorder.snapshot();
      export const scrape: PrometheusScrape = prometheus(recorder, { access: { token: 'secret' } });
      export const answer: Promise<Response> = circonusPull(recorder).fetch(new Request('http://localhost/'));
      // @ts-expect-error: there is no such format
      scrape.render({ format: 'xml' });
      export const text: string = toJson(snapshot, { tagged: true });
      const alone: Alone = new LogLinearHistogram();
      export const merged: LogLinearHistogram = alone.clone();
      export const exponent: number | undefined = binOf(12)?.exp;
      // @ts-expect-error: a counter takes numbers
      calls.add('2');
      // @ts-expect-error: there is no such option
      recorder.gauge('depth', { units: 'bytes' });
    `;
    project.write(Object.fromEntries(files.map((file) => [file, text])));
    expect(await project.compile(files, options)).toBe('');
  });

  it('shares its classes with the others', async () => {
    project.write({
      'identity.mjs': `
        import { LogLinearHistogram, Recorder } from 'circmetrics';
        import { LogLinearHistogram as Alone } from 'circmetrics/histogram';
        import { toJson } from 'circmetrics/circonus';
        const recorder = new Recorder();
        recorder.histogram('size').record(12);
        const [sample] = recorder.snapshot().samples;
        console.log(LogLinearHistogram === Alone, sample.value instanceof Alone, toJson(recorder.snapshot()));`,
      'identity.cjs': `
        const { LogLinearHistogram, Recorder } = require('circmetrics');
        const { LogLinearHistogram: Alone } = require('circmetrics/histogram');
        const { toJson } = require('circmetrics/circonus');
        const recorder = new Recorder();
        recorder.histogram('size').record(12);
        const [sample] = recorder.snapshot().samples;
        console.log(LogLinearHistogram === Alone, sample.value instanceof Alone, toJson(recorder.snapshot()));`,
    });
    for (const file of ['identity.mjs', 'identity.cjs']) {
      const { code, stdout, stderr } = await project.node(file);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toBe('true true {"size":{"_type":"H","_value":["H[12]=1"]}}\n');
    }
  });

  it('is the same program in ESM and CommonJS, so a host that uses both has it once', async () => {
    project.write({
      'both.mjs': `
        import { createRequire } from 'node:module';
        const require = createRequire(import.meta.url);
        let same = 0;
        for (const specifier of ${JSON.stringify(specifiers)}) {
          const [module, exports] = [await import(specifier), require(specifier)];
          for (const name of Object.keys(module)) same += module[name] === exports[name] ? 1 : Number.NaN;
        }
        console.log(same > ${specifiers.length});`,
    });
    expect(await project.node('both.mjs')).toEqual({ code: 0, stdout: 'true\n', stderr: '' });
  });

  const bundled = async (name: string, text: string, options: BuildOptions): Promise<Ended> => {
    project.write({ [`${name}.ts`]: text });
    const [entryPoints, outfile] = [
      [join(project.folder, `${name}.ts`)],
      join(project.folder, `${name}.mjs`),
    ];
    await build({ entryPoints, outfile, bundle: true, minify: true, format: 'esm', ...options });
    return project.node(outfile);
  };

  // Such a bundle has no `require`, by which CommonJS asks for Node's modules.
  it('goes into the bundle of a service', async () => {
    const text = `
      import { Recorder } from 'circmetrics';
      import { processMetrics, share } from 'circmetrics/node';
      import { statsd } from 'circmetrics/statsd';
      const recorder = new Recorder();
      processMetrics(recorder);
      share(recorder);
      const flusher = recorder.flushTo(statsd({ host: '127.0.0.1', port: 9 }), { every: 1000 });
      console.log((await flusher.flush()).bytes > 0);
      await recorder.close({ deadline: 100 });`;
    expect(await bundled('service', text, { platform: 'node' })).toMatchObject({ code: 0, stdout: 'true\n' });
  });

  it('goes into a bundle for browsers, but for those that need sockets', async () => {
    const text = `
      import { LogLinearHistogram, Recorder } from 'circmetrics';
      import { LogLinearHistogram as Alone } from 'circmetrics/histogram';
      import { toJson } from 'circmetrics/circonus';
      import { prometheus } from 'circmetrics/prometheus';
      import { memoryBackend } from 'circmetrics/testing';
      const recorder = new Recorder();
      const backend = memoryBackend();
      const flusher = recorder.flushTo(backend, { every: 1000 });
      recorder.counter('calls').add(3);
      await flusher.flush();
      backend.expectCounter('calls').toBe(3);
      let text = '';
      for await (const chunk of prometheus(recorder).render()) text += chunk;
      console.log(LogLinearHistogram === Alone, toJson(recorder.snapshot()), text.split('\\n')[2]);
      await recorder.close();`;
    const told = 'true {"calls":{"_type":"L","_value":3}} calls_total 3\n';
    expect(await bundled('page', text, { platform: 'browser' })).toEqual({
      code: 0,
      stdout: told,
      stderr: '',
    });
  });
});

describe('importing it', () => {
  it('does nothing: no timer, no handle, no listener, no global', async () => {
    project.write({
      'quiet.mjs': `
        const state = () => JSON.stringify({
          resources: process.getActiveResourcesInfo().filter((name) => !/^(FSReq|CloseReq|PipeWrap|TTYWrap)/.test(name)),
          listeners: process.eventNames().map(String),
          globals: Reflect.ownKeys(globalThis).map(String),
          prototypes: [Object, Array, Map, Set, Promise, Symbol, Float64Array]
            .map((one) => [one, one.prototype].map((owner) => Reflect.ownKeys(owner).length)),
        });
        const before = state();
        for (const specifier of ${JSON.stringify(specifiers)}) await import(specifier);
        const after = state();
        console.log(before === after ? 'same' : before + after);`,
    });
    expect(await project.node('quiet.mjs')).toEqual({ code: 0, stdout: 'same\n', stderr: '' });
  });

  it('needs nothing that only Node.js has', async () => {
    project.write({
      'bare.mjs': `
        const print = console.log;
        new Headers(); // Node.js' own fetch needs them, so it is loaded before.
        for (const name of ['process', 'Buffer', 'setImmediate', 'clearImmediate']) delete globalThis[name];
        const { Recorder } = await import('circmetrics');
        const { circonus } = await import('circmetrics/circonus');
        const { prometheus } = await import('circmetrics/prometheus');
        const warnings = [];
        console.warn = (text) => warnings.push(text);
        const recorder = new Recorder();
        recorder.timer('latency').time(() => recorder.counter('calls').add());
        const flusher = recorder.flushTo(circonus({ url: 'http://127.0.0.1:1/module/httptrap/u/s' }), { every: 1000 });
        const { complete } = await flusher.flush();
        await recorder.close();
        // Refused, because Node.js' own Response needs Buffer for a body.
        const { status } = await prometheus(recorder, { access: { path: false } }).fetch(new Request('http://localhost/'));
        let text = '';
        for await (const chunk of prometheus(recorder).render()) text += chunk;
        print(complete, recorder.snapshot().samples.length, warnings.length, status, text.includes('calls_total 1'));`,
    });
    expect(await project.node('bare.mjs')).toEqual({ code: 0, stdout: 'false 2 1 401 true\n', stderr: '' });
  });
});
