// A project as a user has one: an empty folder in which the packed package was installed, and nothing else.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The checkout. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** What a process said and how it ended. */
export interface Ended {
  /** The exit code; null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. One that takes longer than `timeout`, in milliseconds, is killed, and its code is null. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv; readonly timeout?: number | undefined },
): Promise<Ended> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    timeout: options.timeout ?? 100_000,
    killSignal: 'SIGKILL',
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs npm by its script where npm runs the tests, which works on every platform; without network. */
async function npm(cwd: string, ...args: string[]): Promise<void> {
  const script = process.env['npm_execpath'] ?? '';
  const [command, first] = script.endsWith('.js') ? [process.execPath, [script]] : ['npm', []];
  const { code, stdout, stderr } = await run(command, [...first, ...args], {
    cwd,
    env: { npm_config_offline: 'true' },
  });
  if (code !== 0) throw new Error(`npm ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
}

/** Node's arguments that let it run TypeScript. */
export const withTypeScript: readonly string[] = [
  '--import',
  pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href,
];

export class Project {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Packs the built package and installs it in a new project, which is what `npm init -y` makes. */
  static async withPackage(): Promise<Project> {
    const project = new Project(mkdtempSync(join(tmpdir(), 'circmetrics-')));
    project.write({ 'package.json': JSON.stringify({ name: 'host', version: '1.0.0', private: true }) });
    // Without its scripts: what stands in dist/ is what the test command built.
    await npm(root, 'pack', '--ignore-scripts', '--pack-destination', project.folder);
    const [tarball = ''] = readdirSync(project.folder).filter((name) => name.endsWith('.tgz'));
    await npm(project.folder, 'install', `./${tarball}`, '--no-audit', '--no-fund');
    return project;
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.folder, name), text);
  }

  /** Runs Node.js in the project. */
  node(...args: string[]): Promise<Ended> {
    return run(process.execPath, args, { cwd: this.folder });
  }

  /** Compiles files of the project, with the checkout's compiler, as strictly as it can, and returns what it says. */
  async compile(files: readonly string[], options: object = {}): Promise<string> {
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2022',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      // The declarations of the package are checked as well.
      skipLibCheck: false,
      types: [],
      noEmit: true,
      ...options,
    };
    this.write({ 'tsconfig.json': JSON.stringify({ compilerOptions, files }) });
    const { code, stdout, stderr } = await this.node(
      join(root, 'node_modules/typescript/bin/tsc'),
      '-p',
      '.',
    );
    return code === 0 ? '' : stdout + stderr || `tsc ended with ${code}`;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What the compiler needs for files that use Node.js. */
export const nodeTypes: object = {
  types: ['node'],
  typeRoots: [join(root, 'node_modules/@types')],
};
