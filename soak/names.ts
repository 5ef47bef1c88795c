// Look-ups of names, which are answered for whoever asks. Loaded before whatever looks up names.
import { AsyncLocalStorage } from 'node:async_hooks';
import dns, { type LookupAddress, type LookupOptions } from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { isIP } from 'node:net';

/** Answers a look-up: addresses, an error's code, or not at all: the name server, or the system that asks it. */
export type Answer = readonly LookupAddress[] | string | { readonly hangs: boolean };

/** Whoever sends, while it sends. */
export const sending = new AsyncLocalStorage<() => Answer>();

type Callback = (error: Error | null, address?: string | LookupAddress[], family?: number) => void;

function failure(code: string, hostname: string): Error {
  return Object.assign(new Error(`getaddrinfo ${code} ${hostname}`), {
    code,
    syscall: 'getaddrinfo',
    hostname,
  });
}

const { lookup } = dns;

function answered(hostname: string, given: LookupOptions | Callback | number, then?: Callback): void {
  const options: LookupOptions =
    typeof given === 'object' ? given : typeof given === 'number' ? { family: given } : {};
  const callback = (typeof given === 'function' ? given : then) as Callback;
  // Sockets look up addresses as well, which takes nobody's answer.
  const answer = isIP(hostname) === 0 ? sending.getStore() : undefined;
  if (answer === undefined) {
    lookup(hostname, options, callback);
    return;
  }
  const found = answer();
  if (typeof found === 'object' && 'hangs' in found) return;
  setImmediate(() => {
    if (typeof found === 'string') return callback(failure(found, hostname));
    const { family = 0, all = false } = options;
    const wanted = found.filter((one) => family === 0 || family === one.family);
    if (all) return callback(null, wanted);
    const [one] = wanted;
    if (one === undefined) return callback(failure('ENOTFOUND', hostname));
    callback(null, one.address, one.family);
  });
}

dns.lookup = answered as typeof dns.lookup;
dns.promises.lookup = ((hostname: string, options: LookupOptions = {}) =>
  new Promise<unknown>((resolve, reject) => {
    answered(hostname, options, (error, address, family) => {
      if (error !== null) reject(error);
      else resolve(options.all === true ? address : { address, family });
    });
  })) as unknown as typeof dns.promises.lookup;

/** Queries that no name server answers, until they are cancelled. */
const asked = new WeakMap<object, ((error: Error) => void)[]>();
const { prototype } = dns.promises.Resolver;
const { resolve4, cancel } = prototype;

prototype.resolve4 = function (this: dns.promises.Resolver, hostname: string) {
  const found = sending.getStore()?.();
  if (found === undefined) return resolve4.call(this, hostname, { ttl: false });
  if (typeof found === 'string') return Promise.reject(failure(found, hostname));
  // The system has what it asks, but does not answer.
  if (!('hangs' in found)) return Promise.resolve(found.map(({ address }) => address));
  if (!found.hangs) return Promise.resolve(['127.0.0.1']);
  return new Promise((_, reject) => asked.set(this, [...(asked.get(this) ?? []), reject]));
} as typeof resolve4;
prototype.cancel = function () {
  for (const reject of asked.get(this) ?? []) reject(failure('ECANCELLED', ''));
  asked.delete(this);
  cancel.call(this);
};
syncBuiltinESMExports();
