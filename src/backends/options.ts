import { must, optionsOf } from '../checks.js';

/** What an option has to be: a test, and the same in words: `a port from 1 to 65535`. */
export type Rule = readonly [valid: (value: never) => boolean, what: string];

/**
 * Checks the options of a backend.
 * @throws MetricsError `invalid_option`: no object, an option that does not exist, or a value that its rule refuses
 */
export function checkOptions(backend: string, options: unknown, rules: Readonly<Record<string, Rule>>): void {
  const given = optionsOf(backend, options, Object.keys(rules));
  for (const [name, [valid, what]] of Object.entries(rules)) {
    const value = given[name];
    must(value === undefined || valid(value as never), `${backend}: ${name}`, what, value);
  }
}

/** One of some words. */
export function oneOf(...words: readonly string[]): Rule {
  return [(value: unknown) => words.includes(value as string), words.map((word) => `'${word}'`).join(' or ')];
}

/** An integer from `least` on. */
export function integerFrom(least: number, most: number = Number.MAX_SAFE_INTEGER): Rule {
  return [
    (value: unknown) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
    `an integer from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ' on'}`,
  ];
}

/** A text that is not empty. */
export const text: Rule = [
  (value: unknown) => typeof value === 'string' && value !== '',
  'a string that is not empty',
];

/** True or false. */
export const flag: Rule = [(value: unknown) => typeof value === 'boolean', 'true or false'];

/** A prefix of names, which a dot follows: without those that the host has put there. */
export function prefixOf(prefix: string | undefined): string {
  return prefix?.replace(/^\.+|\.+$/g, '') ?? '';
}

/** Whether something is a quantile. */
export function isQuantile(q: unknown): boolean {
  return typeof q === 'number' && q >= 0 && q <= 1;
}

/** Certificates in PEM: a text with one or more, or a list of such. Whether they are good is found out when used. */
export const certificates: Rule = [
  (ca: unknown) => {
    const texts = [ca].flat();
    return texts.length > 0 && texts.every((one) => typeof one === 'string' && isPem(one));
  },
  "certificates in PEM, such as readFileSync('ca.pem', 'utf8') gives",
];

function isPem(pem: string): boolean {
  const blocks = [...pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g)];
  // DER begins with a SEQUENCE of more than 127 bytes, 0x30 0x81 or 0x30 0x82, which base64 writes as MI.
  return blocks.length > 0 && blocks.every(([, base64]) => /^\s*MI[\w+/\s]+={0,2}\s*$/.test(base64 ?? ''));
}

/** A host's name or address; an address of IPv6 has several colons. */
const hostRule: Rule = [
  (host: unknown) =>
    typeof host === 'string' && /^[^\s/:]+$|^[\da-f:.]*:[\da-f:.]*:[\da-f:.]*(%[^\s/]+)?$/i.test(host),
  "a host's name or address, without protocol and port",
];

/** Where a server listens. */
export const endpointRules: Readonly<Record<'protocol' | 'host' | 'port' | 'path', Rule>> = {
  protocol: /* @__PURE__ */ oneOf('udp', 'tcp'),
  host: hostRule,
  port: /* @__PURE__ */ integerFrom(1, 65_535),
  path: text,
};
