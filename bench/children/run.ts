// Processes of their own, for what cannot be measured in one that has done something else before.
import { execFileSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** Runs a file of this folder and gives what it prints. */
export function child<Result>(name: string, ...args: readonly string[]): Result {
  const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  // All of tsx gives an ArrayBuffer away, after which V8 looks at each access of a typed array twice; its half for ES
  // modules does not. Enough for a million series of those that take the most.
  const flags = ['--expose-gc', '--max-old-space-size=6144', '--import', 'tsx/esm'];
  const output = execFileSync(process.execPath, [...flags, file, ...args], { encoding: 'utf8' });
  return JSON.parse(output) as Result;
}
