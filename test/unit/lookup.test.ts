// Looking up names so that a name server that is silent holds nothing up.
import dns from 'node:dns';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { abortableLookup } from '../../src/transport/lookup.js';

/** What a name server does with a query. */
let server: (name: string) => Promise<string[]>;
let queries: unknown[] = [];
let cancels = 0;
let hosts: () => Promise<string> = async () => '';

const refusal = (code: string): Error => Object.assign(new Error(code), { code });

class FakeResolver {
  readonly #fail: ((error: Error) => void)[] = [];

  constructor(options: unknown) {
    queries.push(options);
  }

  resolve4(name: string): Promise<string[]> {
    queries.push(name);
    return Promise.race([server(name), new Promise<never>((_, reject) => this.#fail.push(reject))]);
  }

  cancel(): void {
    cancels++;
    for (const fail of this.#fail) fail(refusal('ECANCELLED'));
  }
}

const { Resolver } = dns.promises;
beforeEach(() => {
  queries = [];
  cancels = 0;
  hosts = async () => '127.0.0.1 localhost\n';
  dns.promises.Resolver = FakeResolver as never;
  vi.spyOn(dns, 'lookup').mockImplementation(((
    name: string,
    options: object,
    callback: (...found: unknown[]) => void,
  ) => setTimeout(callback, 1, null, `${name} ${JSON.stringify(options)}`, 4)) as never);
  vi.spyOn(fs, 'readFile').mockImplementation((async (path: string, encoding: string) => {
    expect([path, encoding]).toEqual([expect.stringMatching(/hosts$/), 'utf8']);
    return hosts();
  }) as never);
  syncBuiltinESMExports();
});
afterEach(() => {
  dns.promises.Resolver = Resolver;
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

/** All that the callback of a look-up is told until some time has passed. */
async function found(hostname: string, signal = new AbortController().signal): Promise<unknown[][]> {
  const lookup = await abortableLookup(signal);
  const told: unknown[][] = [];
  await new Promise<void>((resolve) => {
    lookup(hostname, { family: 4 }, (...args) => {
      told.push(args);
      setTimeout(resolve, 10);
    });
  });
  return told;
}
const system = (name: string): unknown[] => [null, `${name} {"family":4}`, 4];
const silence = (name: string): unknown => ({
  code: 'EAI_AGAIN',
  message: `no name server answers for ${name}`,
});

describe('a name', () => {
  it.each([
    ['that is known', async () => ['192.0.2.1']],
    ['that nobody knows', () => Promise.reject(refusal('ENOTFOUND'))],
    ['without such an address', () => Promise.reject(refusal('ENODATA'))],
    ['that is refused', () => Promise.reject(refusal('ECONNREFUSED'))],
  ])('%s is looked up by the system once a name server has answered', async (_, answer) => {
    server = answer;
    expect(await found('broker.example.com')).toEqual([system('broker.example.com')]);
    // Six seconds at most, which the system's own look-up would exceed.
    expect(queries).toEqual([{ timeout: 2000, tries: 3 }, 'broker.example.com']);
    expect(cancels).toBe(0);
  });

  it('is not looked up by the system where no name server answers', async () => {
    server = () => Promise.reject(refusal('ETIMEOUT'));
    const [[error, ...rest] = [], ...more] = await found('broker.example.com');
    expect(error).toBeInstanceOf(Error);
    expect({ ...(error as object), message: (error as Error).message }).toEqual(
      silence('broker.example.com'),
    );
    expect([rest, more]).toEqual([[''], []]);
    expect(dns.lookup).not.toHaveBeenCalled();
  });

  it.each(['localhost', 'LOCALHOST', 'a.localhost', 'printer.local', 'Printer.LOCAL', '192.0.2.1', '::1'])(
    'that this machine has itself is not asked for elsewhere: %s',
    async (name) => {
      expect(await found(name)).toEqual([system(name)]);
      expect(queries).toEqual([]);
    },
  );

  it.each(['notlocalhost', 'localhost.example.com', 'alocal', 'local.example.com', 'a.local.example.com'])(
    'that only looks like one is asked for: %s',
    async (name) => {
      server = async () => [];
      expect(await found(name)).toEqual([system(name)]);
      expect(queries).toContain(name);
    },
  );

  it.each([
    ['carbon', true],
    ['Alias', true],
    ['alias', true],
    ['last', true],
    ['#', false],
    ['commented', false],
    ['behind', false],
    ['car', false],
    ['carbon.example.com', false],
  ])('of the file of hosts is not asked for elsewhere: %s, %s', async (name, local) => {
    server = async () => [];
    hosts = async () =>
      '# a comment\n10.0.0.5\tcarbon  ALIAS # behind\n  #10.0.0.6 commented\n\n::1  other\r\n10.0.0.7 last';
    expect(await found(name)).toEqual([system(name)]);
    expect(queries.includes(name)).toBe(!local);
  });

  it('is asked for where there is no file of hosts', async () => {
    server = async () => [];
    hosts = () => Promise.reject(refusal('ENOENT'));
    expect(await found('carbon')).toEqual([system('carbon')]);
    expect(queries).toContain('carbon');
  });
});

describe('a signal that aborts', () => {
  it('ends a query, and tells of it once', async () => {
    server = () => new Promise(() => {});
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 5);
    const told = await found('broker.example.com', abort.signal);
    expect(told).toHaveLength(1);
    expect(told[0]?.[0]).toMatchObject(silence('broker.example.com') as object);
    expect(cancels).toBe(1);
    expect(dns.lookup).not.toHaveBeenCalled();
  });

  it('does not wait for the system, whose answer nobody hears', async () => {
    server = async () => [];
    const abort = new AbortController();
    vi.mocked(dns.lookup).mockImplementation(((
      _: string,
      __: object,
      callback: (...all: unknown[]) => void,
    ) => {
      abort.abort();
      setTimeout(callback, 1, null, 'late', 4);
    }) as never);
    const told = await found('broker.example.com', abort.signal);
    expect(told).toHaveLength(1);
    expect(told[0]?.[0]).toMatchObject({ code: 'EAI_AGAIN' });
    expect(cancels).toBe(0);
  });

  it('before a name is looked up is told at once, and nothing is asked', async () => {
    const told = await found('broker.example.com', AbortSignal.abort());
    expect(told).toHaveLength(1);
    expect(told[0]?.[0]).toMatchObject({ code: 'EAI_AGAIN' });
    expect(queries).toEqual([]);
  });

  it('after the answer tells nothing more', async () => {
    server = async () => [];
    const abort = new AbortController();
    const lookup = await abortableLookup(abort.signal);
    const told: unknown[][] = [];
    await new Promise<void>((resolve) => {
      lookup('broker.example.com', {}, (...args) => {
        told.push(args);
        resolve();
      });
    });
    abort.abort();
    expect(told).toEqual([[null, 'broker.example.com {}', 4]]);
  });
});
