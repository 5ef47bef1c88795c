// Builds the package into a folder: one program in CommonJS, and ES modules that pass its names on. So whoever imports
// it both ways has it once: a recorder is a recorder in either half of a host, tables are made once, and there is half
// as much to install.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { build } from 'esbuild';
import { minify } from 'terser';

const folder = process.argv[2] ?? 'dist';
const tsup = fileURLToPath(new URL('../node_modules/tsup/dist/cli-default.js', import.meta.url));
const { status } = spawnSync(process.execPath, [tsup, '--silent', '--out-dir', folder], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

await joinCore();

/** By file what it exports, and what is asked of it. */
const exportsOf = new Map();
const asked = [];
const write = (file, text) => writeFileSync(join(folder, file), text);

for (const file of readdirSync(folder)) {
  const [, name, kind] = /^([\w-]+)(\.d\.ts|\.js)$/.exec(file) ?? [];
  const text = readFileSync(join(folder, file), 'utf8');
  rmSync(join(folder, file));
  // What several entries share, and what is loaded on demand, is asked for by CommonJS alone.
  const isEntry = !name.includes('-');
  if (kind === '.d.ts') {
    write(`${name}.d.cts`, text.replace(/(["'])(\.\/[\w-]+)\.js\1/g, '$1$2.cjs$1'));
    if (isEntry) write(`${name}.d.ts`, `export * from './${name}.cjs';\n`);
  } else {
    const { code, names } = commonJs(await withShortNames(text));
    exportsOf.set(`./${name}.cjs`, names);
    write(`${name}.cjs`, code);
    if (isEntry) write(`${name}.js`, `export { ${names.join(', ')} } from './${name}.cjs';\n`);
  }
}

for (const [file, name] of asked) {
  if (!exportsOf.get(file)?.includes(name)) throw new Error(`${file} does not export ${name}.`);
}

/** Makes one part of those that the core needs beside the histogram: every file takes its time to be loaded. */
async function joinCore() {
  const histogram = partsOf('histogram.js');
  const parts = partsOf('index.js').filter((part) => !histogram.includes(part));
  const contents = parts.map((part) => `export * from '${part}';`).join('\n');
  const stdin = { contents, resolveDir: folder };
  const outfile = join(folder, 'chunk-core.js');
  const minified = { minifyWhitespace: true, minifySyntax: true };
  await build({
    stdin,
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    external: histogram,
    ...minified,
  });
  for (const part of parts) rmSync(join(folder, part));
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.js'))) {
    const text = readFileSync(join(folder, file), 'utf8');
    writeFileSync(
      join(folder, file),
      text.replace(/"(\.\/[\w-]+\.js)"/g, (name, part) =>
        parts.includes(part) ? '"./chunk-core.js"' : name,
      ),
    );
  }
}

/** What a file imports of this folder, and so on. */
function partsOf(file, found = new Set()) {
  for (const [, part] of readFileSync(join(folder, file), 'utf8').matchAll(
    /(?:import|from)\s*"(\.\/[\w-]+\.js)"/g,
  )) {
    if (found.has(part)) continue;
    found.add(part);
    partsOf(part, found);
  }
  return [...found];
}

/** Classes and functions keep their names, for stack traces and for whoever prints an object. */
async function withShortNames(text) {
  const classes = Array.from(
    text.matchAll(/([\w$]+)=class\b|\bclass ([\w$]+)/g),
    (found) => found[1] ?? found[2],
  );
  const mangle = { keep_classnames: true, keep_fnames: true, reserved: classes };
  // Node.js shows the line that an error came from.
  const format = { max_line_len: 120 };
  const { code } = await minify(text, { module: true, ecma: 2022, compress: false, mangle, format });
  return code;
}

/**
 * A module as CommonJS, and the names that it exports. Imports are bound as directly as a module binds them, where
 * compilers write `(0, other.name)()`, which looks them up in another object each time, on hot paths too.
 */
function commonJs(module) {
  let names = [];
  const code = module
    .replace(/(?<=^|[;}\n])import\s*(?:([^"]+?)\s*from\s*)?"([^"]+)";?/g, required)
    .replace(/\bimport\("(\.\/[\w-]+)\.js"\)/g, 'Promise.resolve().then(()=>require("$1.cjs"))')
    .replace(/(?<=^|[;}\n])export\{([^}]*)\};?\s*$/, (_, list) => {
      const exported = pairs(list);
      names = exported.map(([, name]) => name);
      return `module.exports={${exported.map(([own, name]) => property(name, own))}};`;
    });
  // Fails at whatever is left of a module.
  new Script(code);
  return { code: `"use strict";\n${code}\n`, names };
}

/** The statement in place of `import what from "where"`. */
function required(_, what, where) {
  // No file here has an effect but what it exports.
  if (what === undefined) return '';
  const names = what.startsWith('{') ? pairs(what.slice(1, -1)) : [];
  const bound =
    names.length > 0 ? `{${names.map(([name, own]) => property(name, own))}}` : what.replace(/^\*\s*as /, '');
  if (where.startsWith('./')) {
    const file = where.replace(/js$/, 'cjs');
    for (const [name] of names) asked.push([file, name]);
    return `const ${bound}=require("${file}");`;
  }
  // A bundle in ES modules has no `require`, by which the others ask, and Node.js before 20.16.
  return `const ${bound}=globalThis.process?.getBuiltinModule?.("${where}")??require("${where}");`;
}

/** What stands on the left and on the right of each `as`. */
function pairs(list) {
  return list.split(',').map((one) => {
    const [left, right = left] = one.trim().split(/\s+as\s+/);
    return [left, right];
  });
}

function property(name, value) {
  return name === value ? name : `${name}:${value}`;
}
