import type { LookupFunction } from 'node:net';
import { absent } from './absent.js';
import { isAddress } from './identity.js';

/** How long a name server may take to answer anything, in milliseconds, and how often it is asked. */
const patience = { timeout: 2000, tries: 3 };

/**
 * Makes a look-up of names that ends when a signal aborts. `dns.lookup` asks the system, which cannot be interrupted: with
 * a name server that is silent, it keeps the process alive for 10 seconds or more, `process.exit` included. So a query
 * that can be cancelled goes first. Any answer to it, "no such name" among them, shows that the system will be answered
 * too.
 */
export async function abortableLookup(signal: AbortSignal): Promise<LookupFunction> {
  const { default: dns } = await import(/* webpackIgnore: true */ 'node:dns').catch(absent);
  return (hostname, options, callback) => {
    const settle: typeof callback = (...found) => {
      if (signal.aborted) return;
      signal.removeEventListener('abort', abort);
      callback(...found);
    };
    const abort = (): void => callback(silence(hostname), '');
    // It may have aborted since this was made, and will not tell of it again.
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    answering(dns, hostname, signal)
      // Read from the module each time: hosts put look-ups with a cache in its place, which may throw or reject.
      .then(() => dns.lookup(hostname, options, settle))
      .catch((error: NodeJS.ErrnoException) => settle(error, ''));
  };
}

function silence(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`no name server answers for ${hostname}`), { code: 'EAI_AGAIN' });
}

/** Settles as soon as looking a name up is known to come to an end; rejects where no name server answers. */
async function answering(
  dns: typeof import('node:dns'),
  hostname: string,
  signal: AbortSignal,
): Promise<void> {
  if (await isLocal(hostname)) return;
  if (signal.aborted) throw silence(hostname);
  const resolver = new dns.promises.Resolver(patience);
  const cancel = (): void => resolver.cancel();
  signal.addEventListener('abort', cancel);
  try {
    await resolver.resolve4(hostname);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ETIMEOUT' || code === 'ECANCELLED') {
      throw silence(hostname);
    }
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** Whether the system needs no name server: for an address, a name in its file of hosts, or one found by multicast. */
async function isLocal(hostname: string): Promise<boolean> {
  if (isAddress(hostname) || /^localhost$|\.(localhost|local)$/i.test(hostname)) return true;
  try {
    const { readFile } = await import(/* webpackIgnore: true */ 'node:fs/promises');
    const root = process.env['SystemRoot'];
    const file = root === undefined ? '/etc/hosts' : `${root}\\System32\\drivers\\etc\\hosts`;
    const lines = (await readFile(file, 'utf8')).toLowerCase().split('\n');
    const names = lines.flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1));
    return names.includes(hostname.toLowerCase());
  } catch {
    return false;
  }
}
