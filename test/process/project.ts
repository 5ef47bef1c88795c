// A project as a user has one: an empty folder in which the packed package was installed, and nothing else.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
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

/** What is packed, as a short text that changes with it. */
function fingerprint(): string {
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[] };
  const hash = createHash('sha256');
  for (const packed of [
    'package.json',
    'README.md',
    'LICENSE',
    ...files.filter((name) => !name.startsWith('!')),
  ]) {
    const isFolder = statSync(join(root, packed)).isDirectory();
    const paths = isFolder
      ? readdirSync(join(root, packed), { recursive: true, encoding: 'utf8' }).map((path) =>
          join(packed, path),
        )
      : [packed];
    for (const path of paths.sort()) {
      if (statSync(join(root, path)).isFile())
        hash.update(`${path}\0`).update(readFileSync(join(root, path)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * A project in which the packed package is installed, for others to copy: packing and installing take seconds, and many
 * test files need it. It is made again when a packed file has changed.
 */
async function pristine(): Promise<string> {
  const all = join(root, '.cache/installed');
  const place = join(all, fingerprint());
  if (existsSync(place)) return place;
  const fresh = `${place}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  writeFileSync(
    join(fresh, 'package.json'),
    JSON.stringify({ name: 'host', version: '1.0.0', private: true }),
  );
  // Without its scripts: what stands in dist/ is what the test command built.
  await npm(root, 'pack', '--ignore-scripts', '--pack-destination', fresh);
  const [tarball = ''] = readdirSync(fresh).filter((name) => name.endsWith('.tgz'));
  await npm(fresh, 'install', `./${tarball}`, '--no-audit', '--no-fund');
  for (const name of readdirSync(all)) {
    if (/^\w+$/.test(name) && name !== basename(place))
      rmSync(join(all, name), { recursive: true, force: true });
  }
  try {
    renameSync(fresh, place);
  } catch {
    // Another test file was faster.
    rmSync(fresh, { recursive: true });
  }
  return place;
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

  /** A new project with the packed package, which `npm init -y` and `npm install` made. */
  static async withPackage(): Promise<Project> {
    const project = new Project(mkdtempSync(join(tmpdir(), 'circmetrics-')));
    cpSync(await pristine(), project.folder, { recursive: true });
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
