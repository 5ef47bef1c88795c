// Look-ups of names, which are answered for whoever asks. Loaded before whatever looks up names.
import { AsyncLocalStorage } from 'node:async_hooks';
import dns, { type LookupAddress, type LookupOptions } from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

/** Answers a look-up: addresses, an error's code, or nothing where it does not end. */
export type Answer = readonly LookupAddress[] | string | undefined;

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

function answered(hostname: string, given: unknown, then?: Callback): void {
  const options: LookupOptions = typeof given === 'object' && given !== null ? given : {};
  const callback = (typeof given === 'function' ? given : then) as Callback;
  const answer = sending.getStore();
  if (answer === undefined) {
    lookup(hostname, options, callback);
    return;
  }
  const found = answer();
  if (found === undefined) return;
  setImmediate(() => {
    if (typeof found === 'string') return callback(failure(found, hostname));
    if (options.all === true) return callback(null, [...found]);
    const [{ address, family }] = found as [LookupAddress];
    callback(null, address, family);
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
syncBuiltinESMExports();
