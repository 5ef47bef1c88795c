/** What is looked at of a certificate, in Node.js' form. */
export interface Certificate {
  readonly subject?: { readonly CN?: string | readonly string[] };
  /** The subject alternative names in one text; undefined where the certificate has no such extension. */
  readonly subjectaltname?: string | undefined;
}

/**
 * Why a certificate whose chain is in order is not that of a host; undefined where it is. It is, if one of its subject
 * alternative names (SAN) is the host's, or if it has none at all and its common name (CN) is: the certificates of
 * Circonus' brokers have a CN only. Node.js itself looks at the CN as well where there is a SAN that names no host, and
 * does not take an address in the CN.
 * @param host as `hostOf` gives it
 * @param check Node.js' `tls.checkServerIdentity`
 */
export function identityError<Whole extends Certificate>(
  host: string,
  certificate: Whole,
  check: (host: string, certificate: Whole) => Error | undefined,
): Error | undefined {
  const { subject, subjectaltname } = certificate;
  let names = subjectaltname;
  if (names !== undefined) {
    // Without a subject, there is no CN to fall back on.
    if (check(host, { ...certificate, subject: {} }) === undefined) return undefined;
  } else {
    // Several, if the subject has several.
    const commonNames = [subject?.CN ?? []].flat();
    if (commonNames.some((name) => isNameOf(name, host))) return undefined;
    names = commonNames.map((name) => `CN:${name}`).join(', ');
  }
  const error = new Error(`the server's certificate is for ${names || 'no name'}, not for ${host}`);
  return Object.assign(error, { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
}

/** The host of a URL as certificates name it: no brackets around an IPv6 address, no dot at the end. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

/** Whether a host is an address: in URLs, no name ends in a number, nor holds a colon. */
export function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(':');
}

/** Whether a CN names a host: exactly, or with `*` for its first label, if two or more follow. */
function isNameOf(commonName: string, host: string): boolean {
  const name = commonName.toLowerCase();
  if (host.includes(':')) return name.includes(':') && inUrl(name) === `[${host}]`;
  if (name === host) return true;
  if (isAddress(host) || !/^\*(\.[^.*]+){2,}$/.test(name)) return false;
  const dot = host.indexOf('.');
  return dot > 0 && host.slice(dot) === name.slice(1);
}

/** An IPv6 address in the one form that it has in URLs; undefined if it is none. */
function inUrl(address: string): string | undefined {
  try {
    return new URL(`https://[${address}]`).hostname;
  } catch {
    return undefined;
  }
}
