// The package in every runtime that it is for: which of its files they load, and that those are one program.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../integration/peers.js';
import { specifiers } from './manifest.js';
import { type Ended, Project, run } from './project.js';
import { fromRegistry, nodes, type Runtime } from './runtimes.js';

let project: Project;
beforeAll(async () => {
  project = await Project.withPackage();
  project.write({
    'both.mjs': `
      import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      const folder = /^.*node_modules\\/circmetrics\\//;
      const files = new Set();
      for (const specifier of ${JSON.stringify(specifiers)}) {
        const [module, exports] = [await import(specifier), require(specifier)];
        const names = [module, exports].map((one) => Object.keys(one).sort().join());
        if (names[0] === '' || names[0] !== names[1]) throw new Error(specifier + ': ' + names.join(' and '));
        for (const name of Object.keys(module)) {
          if (module[name] !== exports[name]) throw new Error(specifier + ' has two ' + name);
        }
        const name = specifier.slice('circmetrics/'.length) || 'index';
        const loaded = [import.meta.resolve(specifier), require.resolve(specifier)];
        for (const file of loaded) files.add(file.replace(folder, '').replace(name, '*'));
      }
      console.log([...files].join(' '));
      const { Recorder } = await import('circmetrics');
      const { memoryBackend } = await import('circmetrics/testing');
      const recorder = new Recorder();
      const backend = memoryBackend();
      recorder.counter('calls').add(3);
      await recorder.flushTo(backend, { every: 1000 }).flush();
      backend.expectCounter('calls').toBe(3);
      await recorder.close();`,
    'sends.test.js': `
      const { createServer } = require('node:net');
      const { Recorder } = require('circmetrics');
      const { graphite } = require('circmetrics/graphite');
      test('loads what only Node.js has', async () => {
        let text = '';
        const server = createServer((socket) => socket.on('data', (chunk) => (text += chunk)).on('end', () => socket.end()));
        await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
        const recorder = new Recorder();
        recorder.counter('calls').add(3);
        const { port } = server.address();
        const report = await recorder.flushTo(graphite({ host: '127.0.0.1', port }), { every: 1000 }).flush();
        expect([report.complete, text]).toEqual([true, expect.stringMatching(/^calls 3 \\d+\\n$/)]);
        await recorder.close();
        server.close();
      });`,
    'fails.mjs': "import { Recorder } from 'circmetrics';\nnew Recorder().counter('');\n",
    'fails.cjs': "const { Recorder } = require('circmetrics');\nnew Recorder().counter('');\n",
  });
});
afterAll(() => project.remove());

const runs = ({ path }: Runtime, ...args: string[]): Promise<Ended> =>
  run(path, args, { cwd: project.folder });

for (const node of await nodes()) {
  describeWith([node], '', `Node.js ${node.name}`, () => {
    it('loads every subpath, and the same program by import and require', async () => {
      expect(await runs(node, 'both.mjs')).toEqual({
        code: 0,
        stdout: 'dist/*.mjs dist/*.cjs\n',
        stderr: '',
      });
    });
  });
}

const [deno, bun, jest] = await Promise.all(['deno', 'bun', 'jest@30'].map((spec) => fromRegistry(spec)));

// They have the conditions of Node.js, and what a host mixes is one program there as well.
for (const [runtime, args] of [
  [deno as Runtime, ['run', '--allow-all', '--no-check']],
  [bun as Runtime, []],
] as const) {
  describeWith([runtime], '', runtime.name, () => {
    it('loads what Node.js loads', async () => {
      const { code, stdout, stderr } = await runs(runtime, ...args, 'both.mjs');
      expect([code, stdout, stderr]).toEqual([0, 'dist/*.mjs dist/*.cjs\n', '']);
    });
  });
}

describeWith([jest as Runtime], '', 'Jest', () => {
  it('needs no configuration', async () => {
    const { code, stderr } = await runs(jest as Runtime);
    expect(stderr).toMatch(/1 passed/);
    expect(code).toBe(0);
  });
});

describe('an error that is thrown', () => {
  /** The uppermost of the package's frames: the file below the package, and the line that it names. */
  const place = (stderr: string): [file: string, line: string] => {
    const [, path = '', line = ''] = /\((\S+node_modules\/circmetrics\/\S+):(\d+):\d+\)/.exec(stderr) ?? [];
    const file = path.replace(/^.*node_modules\/circmetrics\//, '');
    return [
      file,
      readFileSync(join(project.folder, 'node_modules/circmetrics', file), 'utf8').split('\n')[+line - 1] ??
        '',
    ];
  };

  it.each(['fails.mjs', 'fails.cjs'])('%s: shows source lines with --enable-source-maps', async (file) => {
    const { stderr } = await project.node('--enable-source-maps', file);
    const [path, line] = place(stderr);
    expect(path).toMatch(/^src\/.+\.ts$/);
    expect(line).toMatch(/throw new MetricsError\(/);
    // What Node.js prints above the stack.
    expect(stderr).toContain(`${line}\n`);
  });

  it.each(['fails.mjs', 'fails.cjs'])('%s: shows code that can be read without', async (file) => {
    const { stderr } = await project.node(file);
    const [path, line] = place(stderr);
    expect(path).toMatch(/^dist\/[\w-]+\.cjs$/);
    expect(line).toMatch(/throw new [\w.]*MetricsError\(code, /);
    expect(stderr).toMatch(/ at Recorder\.counter \(.+\n.+fails\./);
  });
});
