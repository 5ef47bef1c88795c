// Programs that npm installs at their first use, into its own cache: other versions of Node.js, other runtimes.
import { tmpdir } from 'node:os';
import process from 'node:process';
import type { Thing } from '../integration/peers.js';
import { run } from './project.js';

/** A program, and where it is. */
export interface Runtime extends Thing {
  readonly path: string;
}

/**
 * Finds a program of the npm registry, and installs it if need be.
 * @param spec the package: `node@22`
 * @param program its command, by default of the package's name
 */
export async function fromRegistry(
  spec: string,
  program: string = spec.replace(/@.*/, ''),
): Promise<Runtime> {
  const options = ['--yes', '--prefer-offline', '--fetch-retries=0', `--package=${spec}`];
  // In a folder of nobody's, or npm takes what stands in its node_modules.
  const found = { cwd: tmpdir(), timeout: 60_000 };
  const { code, stdout } = await run('npm', ['exec', ...options, '-c', `command -v ${program}`], found);
  const path = stdout.trim();
  return {
    name: spec,
    here: code === 0 && path !== '',
    path,
    how: `npx -y -p ${spec} -- ${program} --version`,
  };
}

/** The versions of Node.js that the package is for, the one that runs the tests among them. */
export function nodes(): Promise<Runtime[]> {
  return Promise.all(
    ['20', '22', '24'].map((version) =>
      process.version.startsWith(`v${version}.`)
        ? { name: process.version, here: true, path: process.execPath }
        : fromRegistry(`node@${version}`),
    ),
  );
}
