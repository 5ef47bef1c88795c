// What importing the built package costs a process that has just begun, beside importing an empty module.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import type { Bench } from './harness.js';

/** How much longer the import of the core may take than that of an empty module, in milliseconds. */
export const mostOfCore = 15;

const modules = {
  empty: 'data:text/javascript,export%20const%20nothing%20=%200',
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
 * Medians in milliseconds. The processes take turns, so that whatever else the machine does hits all alike.
 * @param rounds processes for each module; an odd number
 */
export function importTimes(rounds: number): Readonly<Record<Name, number>> {
  const names = Object.keys(modules) as Name[];
  const times: Record<Name, number[]> = { empty: [], core: [], circonus: [] };
  for (let round = 0; round < rounds; round++) for (const name of names) times[name].push(once(name));
  const median = (name: Name): number => times[name].sort((a, b) => a - b)[(rounds - 1) / 2] as number;
  return { empty: median('empty'), core: median('core'), circonus: median('circonus') };
}

export default function startup(bench: Bench): void {
  const { empty, core, circonus } = importTimes(21);
  bench.figure('an empty module', empty, 'ms');
  bench.figure('circmetrics, above that', core - empty, 'ms', { atMost: mostOfCore });
  bench.figure('circmetrics/circonus, above that', circonus - empty, 'ms');
}
