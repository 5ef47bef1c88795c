// What importing the built package costs a process that has just begun, beside importing an empty module: a file, too,
// for what Node.js needs to load the first file is spent for the host's own.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import type { Bench } from './harness.js';

/** How much longer the import of the core may take than that of an empty module, in milliseconds. */
export const mostOfCore = 15;

const modules = {
  empty: new URL('children/empty.mjs', import.meta.url).href,
  core: new URL('../dist/index.js', import.meta.url).href,
  circonus: new URL('../dist/circonus.js', import.meta.url).href,
} as const;

type Name = keyof typeof modules;

/** The child's whole program. */
const program = `const begun = performance.now(); await import(process.argv[1]); console.log(performance.now() - begun);`;

/** How long one import takes in a process of its own, in milliseconds. */
function once(name: Name): number {
  const args = ['--input-type=module', '--eval', program, modules[name]];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const time = Number.parseFloat(stdout);
  if (Number.isNaN(time)) throw new Error(`The import of ${modules[name]} failed: ${stderr}`);
  return time;
}

/**
 * How many milliseconds longer the import of each takes than that of the empty module, of each round. The processes
 * take turns, so that whatever else the machine does hits all alike.
 * @param rounds processes for each module
 */
export function importTimes(rounds: number): Readonly<Record<Name, Float64Array>> {
  const times = {
    empty: new Float64Array(rounds),
    core: new Float64Array(rounds),
    circonus: new Float64Array(rounds),
  };
  for (let round = 0; round < rounds; round++) {
    const empty = once('empty');
    times.empty[round] = empty;
    times.core[round] = once('core') - empty;
    times.circonus[round] = once('circonus') - empty;
  }
  return times;
}

export default function startup(bench: Bench): void {
  const { empty, core, circonus } = importTimes(21);
  bench.figure('an empty module', empty, 'ms');
  bench.figure('circmetrics, above that', core, 'ms', { atMost: mostOfCore });
  bench.figure('circmetrics/circonus, above that', circonus, 'ms');
}
