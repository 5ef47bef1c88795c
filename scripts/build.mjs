// Builds the package into a folder: ES modules and declarations by tsup, and the CommonJS half from these, file by
// file, so that both are the same program. Left to itself, tsup writes CommonJS in an older language, which costs the
// hot paths, and twice the bytes.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

const folder = process.argv[2] ?? 'dist';
const tsup = fileURLToPath(new URL('../node_modules/tsup/dist/cli-default.js', import.meta.url));
const { status } = spawnSync(process.execPath, [tsup, '--silent', '--out-dir', folder], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

/** A file of the package, as another one names it. */
const module = /(["'])(\.\/[\w-]+)\.js\1/g;
for (const file of readdirSync(folder)) {
  const text = readFileSync(join(folder, file), 'utf8');
  if (file.endsWith('.d.ts')) {
    writeFileSync(join(folder, file.replace(/ts$/, 'cts')), text.replace(module, '$1$2.cjs$1'));
    rmSync(join(folder, file));
    // One set of declarations for both: half the bytes, and classes that are the same to a project that uses both.
    const entry = file.slice(0, -'.d.ts'.length);
    if (!entry.includes('-')) writeFileSync(join(folder, file), `export * from './${entry}.cjs';\n`);
  } else if (file.endsWith('.js')) {
    const { code } = transformSync(text, {
      format: 'cjs',
      platform: 'node',
      target: 'es2022',
      minifyWhitespace: true,
      minifySyntax: true,
    });
    writeFileSync(join(folder, file.replace(/js$/, 'cjs')), code.replace(module, '$1$2.cjs$1'));
  }
}
