// The package as its users get it: packed, installed in an empty folder, and imported in every way there is.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manifest, specifiers } from './manifest.js';
import { nodeTypes, Project, root } from './project.js';

let project: Project;
beforeAll(async () => {
  project = await Project.withPackage();
});
afterAll(() => project.remove());

const installed = (path = ''): string => join(project.folder, 'node_modules/circmetrics', path);

/** All files of a folder of the package. */
const filesOf = (folder = ''): string[] =>
  readdirSync(installed(folder), { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => statSync(installed(path)).isFile());
const read = (path: string): string => readFileSync(installed(path), 'utf8');

describe('the tarball', () => {
  it('holds the built files, their sources, the words about them, and nothing else', () => {
    const kinds = new Set(
      filesOf().map((path) => path.replace(/^(\w+)\/.*?((\.d)?\.\w+(\.map)?)$/, '$1/**/*$2')),
    );
    expect([...kinds].sort()).toEqual([
      'ARCHITECTURE.md',
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'bench/**/*.md',
      'dist/**/*.cjs',
      'dist/**/*.cjs.map',
      'dist/**/*.d.ts',
      'dist/**/*.d.ts.map',
      'dist/**/*.js',
      'dist/**/*.js.map',
      'dist/**/*.json',
      'dist/**/*.mjs',
      'docs/**/*.md',
      'examples/**/*.mjs',
      'examples/**/*.ts',
      'package.json',
      'src/**/*.ts',
    ]);
    for (const path of filesOf()) expect(read(path), path).not.toContain(root);
  });

  it('depends on nothing', () => {
    expect(manifest['dependencies'] ?? {}).toEqual({});
    expect(readdirSync(join(project.folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(
      ['circmetrics'],
    );
  });

  it('is under 3 MB when unpacked', () => {
    const bytes = filesOf().reduce((all, path) => all + statSync(installed(path)).size, 0);
    expect(bytes).toBeLessThan(3_000_000);
    expect(bytes).toBeGreaterThan(1_000_000);
  });

  it('has what its documents link to', () => {
    let links = 0;
    for (const page of filesOf().filter((path) => path.endsWith('.md'))) {
      for (const [, target = ''] of read(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
        if (/^\w+:/.test(target)) continue;
        links++;
        expect(existsSync(installed(join(dirname(page), target))), `${target}, in ${page}`).toBe(true);
      }
    }
    expect(links).toBeGreaterThan(50);
  });

  it('has for every file a map to its sources, without their text', () => {
    const maps = filesOf('dist').filter((path) => path.endsWith('.map'));
    for (const path of maps) {
      const { sources, sourcesContent = [] } = JSON.parse(read(path)) as Record<string, (string | null)[]>;
      expect(
        sourcesContent?.filter((text) => text !== null),
        path,
      ).toEqual([]);
      for (const source of sources ?? []) {
        expect(join(dirname(path), String(source)), path).toMatch(/^src\/.+\.ts$/);
        expect(existsSync(installed(join(dirname(path), String(source)))), `${source} of ${path}`).toBe(true);
      }
      expect(read(path.replace(/\.map$/, '')).match(/\/\/# sourceMappingURL=.*$/gm)).toEqual([
        `//# sourceMappingURL=${basename(path)}`,
      ]);
    }
    const mapped = filesOf('dist').filter((path) => /types\/.+\.d\.ts$|(?<!\.d)\.c?js$/.test(path));
    expect(maps.sort()).toEqual(mapped.map((path) => `${path}.map`).sort());
  });

  it('imports only its own files, and what is Node.js’ where it is known to', () => {
    let imports = 0;
    for (const file of filesOf('dist').filter((path) => /js$/.test(path))) {
      for (const { fileName } of ts.preProcessFile(read(file), true, true).importedFiles) {
        imports++;
        if (!fileName.startsWith('node:')) {
          expect(fileName, `imported by ${file}`).toMatch(/^\.\/[\w-]+\.(js|cjs)$/);
          expect(existsSync(installed(join('dist', fileName))), `${fileName} of ${file}`).toBe(true);
        } else if (!/\/node\.c?js$/.test(file)) {
          // Sockets, late; the core and what needs none does without.
          expect(fileName, `imported by ${file}`).toMatch(/^node:(dgram|dns|fs\/promises|https?|net|tls)$/);
          const late = new RegExp(`(import|require)\\((/\\*.*\\*/)?\\s*["']${fileName}["']\\s*\\)`);
          expect(read(file).replace(/\/\*.*?\*\/\s*/g, ''), file).toMatch(late);
        }
      }
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
    ['nodenext, of ES2020', ['esm.mts', 'commonjs.cts'], { module: 'nodenext', lib: ['es2020', 'dom'] }],
    ['bundler', ['bundled.ts'], { module: 'esnext', moduleResolution: 'bundler' }],
    [
      'node10, of ES2020 without a DOM',
      ['old.ts'],
      { ...nodeTypes, module: 'commonjs', moduleResolution: 'node10', target: 'es2020', lib: ['es2020'] },
    ],
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
