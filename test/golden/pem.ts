// The certificates and the key in tls/, whose making is told there.
import { readFileSync } from 'node:fs';

/** A file of tls/, by its name without `.pem`. */
export const pem = (name: string): string =>
  readFileSync(new URL(`tls/${name}.pem`, import.meta.url), 'utf8');
