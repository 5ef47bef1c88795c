// The import rules of ARCHITECTURE.md, which is where they are read from.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Import {
  /** As it stands in the file: `../errors.js`. */
  readonly specifier: string;
  /** The file that it leads to, below src/; undefined for a package and for `node:`. */
  readonly file: string | undefined;
  /** Whether nothing of it is left at run time. */
  readonly typesOnly: boolean;
  /** Whether it is loaded when it is needed, and bundlers for the web leave it alone. */
  readonly late: boolean;
}

const parsed = new Map<string, readonly Import[]>();

/** All that a file imports or exports from elsewhere. */
function importsOf(path: string, text: string): readonly Import[] {
  const known = parsed.get(`${path}\0${text}`);
  if (known !== undefined) return known;
  const found: Import[] = [];
  parsed.set(`${path}\0${text}`, found);
  const add = (specifier: string, typesOnly: boolean, late = false): void => {
    const relative = specifier.startsWith('.');
    const file = relative ? posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts') : undefined;
    found.push({ specifier, file, typesOnly, late });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add((node.moduleSpecifier as ts.StringLiteral).text, node.importClause?.isTypeOnly ?? false);
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      add((node.moduleSpecifier as ts.StringLiteral).text, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node)) {
      add(((node.argument as ts.LiteralTypeNode).literal as ts.StringLiteral).text, true);
    } else if (ts.isCallExpression(node)) {
      const [argument] = node.arguments;
      if (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require') {
        const specifier =
          argument !== undefined && ts.isStringLiteral(argument) ? argument.text : '(computed)';
        add(specifier, false, /^import\(\/\* webpackIgnore: true \*\/ /.test(node.getText()));
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return found;
}

/** The table: which places' files may import what. A row that allows `nothing` names nothing. */
function rulesOf(markdown: string): ReadonlyMap<string, readonly string[]> {
  const section = markdown.split('\n## Who may import whom\n')[1]?.split('\n## ')[0] ?? '';
  return new Map(
    [...section.matchAll(/^\| `(.+?)` \| (.+) \|$/gm)].map(([, from = '', to = '']) => [
      from,
      [...to.matchAll(/`(.+?)`/g)].map(([, name = '']) => name),
    ]),
  );
}

/** Packages that the host may have, and `sources/` may use. */
const { peerDependencies = {}, peerDependenciesMeta = {} } = JSON.parse(
  readFileSync(`${root}/package.json`, 'utf8'),
) as {
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
};

// Where a file stands in the table: `recorder.ts`, `record/`, `node/threads/`, or `backends/*/` and `sources/*/`, whichever
// backend or source it is of.
function placeOf(file: string): string {
  const [folder = '', ...rest] = file.split('/');
  if (rest.length === 0) return file;
  if (rest.length === 1) return `${folder}/`;
  const isOneOfMany = folder === 'sources' || (folder === 'backends' && rest[0] !== 'push');
  return isOneOfMany ? `${folder}/*/` : `${folder}/${rest[0]}/`;
}

type Sources = ReadonlyMap<string, string>;
type Rules = ReadonlyMap<string, readonly string[]>;

/** Why a file may not import something; undefined where it may. */
function objection(
  from: string,
  { specifier, file, typesOnly, late }: Import,
  sources: Sources,
  rules: Rules,
  peers: Readonly<Record<string, string>>,
): string | undefined {
  if (file === undefined) {
    if (!specifier.startsWith('node:')) {
      const [, name = ''] = /^((?:@[^/]+\/)?[^/]+)/.exec(specifier) ?? [];
      if (!from.startsWith('sources/')) return 'packages are not imported';
      return name in peers ? undefined : `${name} is not a peer`;
    }
    if (/^(node|sources)\//.test(from) || (from.startsWith('transport/') && (typesOnly || late)))
      return undefined;
    return from.startsWith('transport/') ? 'node: is to be loaded late' : 'node: is not for here';
  }
  if (!specifier.endsWith('.js') || !sources.has(file)) return `there is no src/${file}`;
  if (file === 'index.ts' || /^backends\/[^/]+\/index\.ts$/.test(file)) return 'this is for hosts';
  const folder = posix.dirname(file);
  if (folder === posix.dirname(from) && folder !== '.') return undefined;
  const entry = `${folder}/index.ts`;
  if (sources.has(entry) && !file.startsWith('backends/') && file !== entry)
    return `${folder}/ is entered by its index.js`;
  const allowed = rules.get(placeOf(from)) ?? [];
  const fits = allowed.some((rule) => rule === file || (rule.endsWith('/') && file.startsWith(rule)));
  return fits ? undefined : `${placeOf(from)} may not import this`;
}

/** What breaks the rules, in words. */
function offences(sources: Sources, rules: Rules, peers = peerDependencies): string[] {
  return [...sources].flatMap(([from, text]) => {
    if (!rules.has(placeOf(from)))
      return [`${from}: the table of ARCHITECTURE.md has no row for ${placeOf(from)}`];
    return importsOf(from, text).flatMap((one) => {
      const why = objection(from, one, sources, rules, peers);
      return why === undefined ? [] : [`${from} imports ${one.specifier}: ${why}`];
    });
  });
}

/** A way from a node of a graph back to itself; undefined where there is none. */
function cycle(graph: ReadonlyMap<string, readonly string[]>): string | undefined {
  const done = new Set<string>();
  const walk = (node: string, way: readonly string[]): string | undefined => {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node].join(' → ');
    if (done.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const found = walk(next, [...way, node]);
      if (found !== undefined) return found;
    }
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const found = walk(node, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What each file imports at run time. */
function atRunTime(sources: Sources): ReadonlyMap<string, readonly string[]> {
  const files = ([from, text]: readonly [string, string]): string[] =>
    importsOf(from, text).flatMap(({ file, typesOnly }) => (file === undefined || typesOnly ? [] : [file]));
  return new Map([...sources].map((source) => [source[0], files(source)]));
}

const rules = rulesOf(readFileSync(`${root}/ARCHITECTURE.md`, 'utf8'));
const sources: Sources = new Map(
  (readdirSync(`${root}/src`, { recursive: true }) as string[])
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
    .map((path) => [path, readFileSync(`${root}/src/${path}`, 'utf8')]),
);

describe('src/', () => {
  it('imports what the table allows, and nothing else', () => {
    expect(sources.size).toBeGreaterThan(40);
    expect(offences(sources, rules)).toEqual([]);
  });

  it('may do without each of its peers', () => {
    for (const name of Object.keys(peerDependencies)) {
      expect(peerDependenciesMeta[name], name).toEqual({ optional: true });
    }
  });

  it('has no cycles at run time', () => {
    expect(cycle(atRunTime(sources))).toBeUndefined();
  });
});

describe('the table', () => {
  it('speaks of what exists', () => {
    for (const name of [...rules.keys(), ...[...rules.values()].flat()]) {
      expect(existsSync(`${root}/src/${name.replace('*/', '')}`), name).toBe(true);
    }
  });

  it('allows no cycle between folders, of types neither', () => {
    expect(cycle(new Map([...rules].map(([from, to]) => [from, to.map(placeOf)])))).toBeUndefined();
  });
});

describe('the test itself', () => {
  const peers = { '@opentelemetry/api': '1' };

  it.each([
    ['record/x.ts', "import { Recorder } from '../recorder.js';", 'record/ may not import this'],
    ['record/x.ts', "import type { Flusher } from '../flush/flusher.js';", 'record/ may not import this'],
    ['record/x.ts', "export { binOf } from '../histogram/bin.js';", 'histogram/ is entered by its index.js'],
    ['record/x.ts', "const later = import('../flush/flusher.js');", 'record/ may not import this'],
    ['collect/x.ts', "type X = import('../flush/flusher.js').Flusher;", 'collect/ may not import this'],
    ['flush/x.ts', "import { fetchSend } from '../transport/fetch.js';", 'flush/ may not import this'],
    ['flush/x.ts', "import { Recorder } from '../index.js';", 'this is for hosts'],
    ['backends/x/y.ts', "import { toJson } from '../circonus/json.js';", 'backends/*/ may not import this'],
    ['backends/x/y.ts', "import { circonus } from '../circonus/index.js';", 'this is for hosts'],
    ['backends/x/y.ts', "import { Cells } from '../../record/cells.js';", 'backends/*/ may not import this'],
    ['transport/x.ts', "import { connect } from 'node:http2';", 'node: is to be loaded late'],
    ['transport/x.ts', "const late = import('node:http2');", 'node: is to be loaded late'],
    ['serve/x.ts', "import { createServer } from 'node:http';", 'node: is not for here'],
    ['serve/x.ts', "const late = import(/* webpackIgnore: true */ 'node:http');", 'node: is not for here'],
    ['sources/x/y.ts', "import ky from 'ky';", 'ky is not a peer'],
    ['backends/x/y.ts', "import { trace } from '@opentelemetry/api';", 'packages are not imported'],
    ['transport/x.ts', "import ky from 'ky';", 'packages are not imported'],
    ['transport/x.ts', "const fs = require('fs');", 'packages are not imported'],
    ['encode/x.ts', "import { pack } from './packs.js';", 'there is no src/encode/packs.ts'],
    ['magic/x.ts', '', 'the table of ARCHITECTURE.md has no row for magic/'],
  ])('minds in %s %s', (file, text, why) => {
    const all: Rules = new Map([...rules, ['sources/*/', []]]);
    expect(offences(new Map([...sources, [file, text]]), all, peers)).toEqual([expect.stringContaining(why)]);
  });

  it.each([
    ['transport/x.ts', "const { connect } = await import(/* webpackIgnore: true */ 'node:net');"],
    ['transport/x.ts', "import type { Socket } from 'node:net';"],
    ['node/x.ts', "import { threadId } from 'node:worker_threads';"],
    ['sources/x/y.ts', "import { subscribe } from 'node:diagnostics_channel';"],
    ['sources/x/y.ts', "import { trace } from '@opentelemetry/api/build/src';"],
    ['backends/x/y.ts', "import { type Entry, pack } from '../../encode/pack.js';"],
  ])('allows in %s %s', (file, text) => {
    const all: Rules = new Map([...rules, ['sources/*/', []]]);
    expect(offences(new Map([...sources, [file, text]]), all, peers)).toEqual([]);
  });

  it('finds a cycle, and takes one of types for none', () => {
    const pair = (keyword: string): Sources =>
      new Map([
        ['encode/a.ts', "import { b } from './b.js';"],
        ['encode/b.ts', `${keyword} { a } from './a.js';`],
      ]);
    expect(cycle(atRunTime(pair('export')))).toBe('encode/a.ts → encode/b.ts → encode/a.ts');
    expect(cycle(atRunTime(pair('import type')))).toBeUndefined();
  });
});
