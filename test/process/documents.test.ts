// The documents. Their code compiles, runs, and prints what it says; their links lead somewhere; their tables are true.
//
// All ```ts blocks of a page are one program, in their order, and all ```ts before blocks another. What a program prints
// stands in its comments, behind a console.log on its line or on lines of their own, and in the ```text blocks after
// its blocks. A ```ts no-run block is a module of its own, which is compiled only.
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pem } from '../golden/pem.js';
import { nodeTypes, Project, root, run, withTypeScript } from './project.js';

/** A program of a page. */
interface Program {
  /** For messages and files. */
  readonly name: string;
  readonly code: string;
  /** The lines that it prints. */
  readonly output: readonly string[];
}

/** A page: where it is, and what stands in it. */
interface Page {
  readonly path: string;
  readonly text: string;
  readonly programs: readonly Program[];
  /** Blocks that are not run. */
  readonly others: readonly string[];
}

const paths = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join('docs', path))
    .sort(),
];

/** What the comments of a block say is printed. */
function printed(code: string): string[] {
  const expected: string[] = [];
  for (const line of code.split('\n')) {
    const said = /^(?:\s*console\.log\(.*\); )?\/\/ ?(.*)$/.exec(line)?.[1];
    if (said !== undefined) expected.push(said);
  }
  return expected;
}

function pageOf(path: string): Page {
  const text = readFileSync(join(root, path), 'utf8');
  const blocks = Array.from(
    text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm),
    ([, kind = '', code = '']) => [kind, code] as const,
  );
  const programs = new Map<string, { name: string; code: string; output: string[] }>();
  const others: string[] = [];
  let last: { output: string[] } = { output: [] };
  for (const [kind, code] of blocks) {
    if (kind === 'ts' || kind === 'ts before') {
      const name = kind === 'ts' ? path : `${path}, before`;
      const program = programs.get(kind) ?? { name, code: '', output: [] };
      programs.set(kind, program);
      program.code += `${code}\n`;
      program.output.push(...printed(code));
      last = program;
    } else if (kind === 'ts no-run') {
      others.push(code);
    } else if (kind === 'text') {
      last.output.push(...code.trimEnd().split('\n'));
    } else {
      expect(['', 'sh'], path).toContain(kind);
    }
  }
  return { path, text, programs: [...programs.values()], others };
}

const pages = paths.map(pageOf);
const programs = pages.flatMap((page) => page.programs);
const fileOf = (name: string): string => name.replace(/\W+/g, '-');

/** What the documents compare with, and so import. */
const peers = ['@opentelemetry', 'hot-shots', 'measured-core', 'prom-client'];

/** Where the documents send to, in place of which there is a server here. */
const url = 'https://broker.example.com:43191/module/httptrap/<uuid>/<secret>';
const bodies: string[] = [];
const broker = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => {
    body += text;
  });
  request.on('end', () => {
    bodies.push(body);
    response.end('{"stats":1}');
  });
});

/** A port that nobody listens on, in place of the one in the README. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

let project: Project;
beforeAll(async () => {
  project = await Project.withPackage();
  for (const peer of peers) {
    symlinkSync(join(root, 'node_modules', peer), join(project.folder, 'node_modules', peer));
  }
  project.write({ 'broker-ca.pem': pem('ca') });
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  project.remove();
  broker.close();
});

describe('the code of the documents', () => {
  it('compiles as it stands', { timeout: 60_000 }, async () => {
    const files: Record<string, string> = {};
    for (const { name, code } of programs) files[`${fileOf(name)}.mts`] = code;
    for (const { path, others } of pages) {
      for (const [i, code] of others.entries()) files[`${fileOf(path)}-${i}.mts`] = code;
    }
    // It has no types.
    project.write({ ...files, 'measured-core.d.ts': "declare module 'measured-core';" });
    // What the peers' declarations hold is theirs; those of the package are checked in the package's test.
    const options = { ...nodeTypes, lib: ['es2023', 'dom', 'esnext.disposable'], skipLibCheck: true };
    expect(await project.compile([...Object.keys(files), 'measured-core.d.ts'], options)).toBe('');
  });

  it.concurrent.each(programs.map((program) => [program.name, program] as const))(
    '%s: runs, and prints what it says',
    { timeout: 60_000 },
    async (_, program) => {
      const { port } = broker.address() as AddressInfo;
      const here = program.code
        .replaceAll(url, `http://127.0.0.1:${port}/module/httptrap/uuid/secret`)
        .replaceAll('8080', String(await freePort()));
      const name = `run-${fileOf(program.name)}.mts`;
      project.write({ [name]: here });
      const { code, stdout, stderr } = await project.node(...withTypeScript, name);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout.trimEnd().split('\n')).toEqual(program.output);
    },
  );

  it('begins in the README with what is JavaScript as well', async () => {
    const [, first = ''] = /^```ts\n([\s\S]*?)^```$/m.exec(pages[0]?.text ?? '') ?? [];
    project.write({ 'first.mjs': first });
    expect(await project.node('--check', 'first.mjs')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('has sent what the README says', () => {
    const last = bodies.find((body) => body.includes('subsystem:api')) ?? '{}';
    expect(JSON.parse(last)).toMatchObject({
      'api`calls|ST[app:shop,subsystem:api,units:requests]': { _type: 'L', _value: '3' },
      'api`offset|ST[app:shop,subsystem:api]': { _type: 'l', _value: '9007199254740993' },
    });
  });
});

describe('the tables of calls', () => {
  const comparisons = pages.filter(({ path }) => dirname(path) === join('docs', 'coming-from'));

  it.each(comparisons.map((page) => [page.path, page] as const))(
    '%s: every call that it names is run',
    (_, { text, programs: both }) => {
      const flat = both.map(({ code }) => code.replace(/\s+/g, '')).join('\n');
      const cells = [...text.matchAll(/^\|(.+)\|$/gm)].flatMap(([, row = '']) => row.split(/(?<!\\)\|/));
      const calls = cells
        .flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code))
        .filter((code) => code.includes('('));
      expect(calls.length).toBeGreaterThan(10);
      expect(calls.filter((call) => !flat.includes(call.replace(/\s+/g, '')))).toEqual([]);
    },
  );
});

describe('the tables of options', () => {
  it.each([
    ['docs/backends/circonus.md', 'src/backends/circonus/push.ts'],
    ['docs/backends/graphite.md', 'src/backends/graphite/options.ts'],
    ['docs/backends/opentsdb.md', 'src/backends/opentsdb/opentsdb.ts'],
    ['docs/backends/prometheus.md', 'src/backends/prometheus/prometheus.ts'],
    ['docs/backends/statsd.md', 'src/backends/statsd/options.ts'],
    ['docs/delivery.md', 'src/flush/options.ts'],
  ])('%s: every option is in it, and no other', (path, source) => {
    const declared = (file: string): string[] => {
      const text = readFileSync(join(root, file), 'utf8');
      const [, base, body = ''] =
        /^export interface \w+Options (extends \w+ )?\{([\s\S]+?)^\}/m.exec(text) ?? [];
      const own = Array.from(body.matchAll(/^ {2}readonly (\w+)\??:/gm), ([, name = '']) => name);
      // What all backends that write points have in common.
      return base === undefined ? own : [...own, ...declared('src/backends/push/point-options.ts')];
    };
    const options = declared(source);
    expect(options.length).toBeGreaterThan(0);
    const text = pages.find((page) => page.path === path)?.text ?? '';
    const table = /^\| option \|[\s\S]+?^$/m.exec(text)?.[0] ?? '';
    const cells = Array.from(table.matchAll(/^\| ([^|]+) \|/gm), ([, cell = '']) => cell).slice(1);
    const named = cells.flatMap((cell) => Array.from(cell.matchAll(/`(\w+)`/g), ([, name]) => name));
    expect(named.sort()).toEqual(options.sort());
  });
});

describe('the documents', () => {
  /** What a heading is called in links. */
  const anchor = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');

  it.each(pages.map((page) => [page.path, page] as const))(
    '%s links to what is there',
    (_, { path, text }) => {
      for (const [, target = '', hash] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
        const file = target === '' ? path : join(dirname(path), target);
        const there = readFileSync(join(root, file), 'utf8');
        const headings = [...there.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchor(heading));
        if (hash !== undefined) expect(headings, `${target}#${hash}`).toContain(hash);
      }
    },
  );

  it('are all reached from the README', () => {
    const readme = pages.find(({ path }) => path === 'README.md')?.text ?? '';
    for (const path of paths.slice(1)) expect(readme).toContain(`](${path})`);
  });

  it.each(['README.md', 'CONTRIBUTING.md'])('%s speaks of scripts that exist', (name) => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const text = readFileSync(join(root, name), 'utf8');
    for (const [, script = ''] of text.matchAll(/npm run ([\w:]+)/g))
      expect(Object.keys(scripts)).toContain(script);
  });

  it('tell the sizes of the subpaths as they are', async () => {
    const { code, stderr } = await run(process.execPath, ['scripts/sizes.mjs', '--check'], { cwd: root });
    expect([code, stderr]).toEqual([0, '']);
  });
});
