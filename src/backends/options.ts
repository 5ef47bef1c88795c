import { MetricsError } from '../errors.js';

/** What an option has to be: a test, and the same in words: `a port from 1 to 65535`. */
export type Rule = readonly [valid: (value: never) => boolean, what: string];

/**
 * Checks the options of a backend.
 * @throws MetricsError `invalid_option`: no object, an option that does not exist, or a value that its rule refuses
 */
export function checkOptions(backend: string, options: unknown, rules: Readonly<Record<string, Rule>>): void {
  if (typeof options !== 'object' || options === null) {
    throw new MetricsError('invalid_option', `${backend}: options must be an object.`);
  }
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) {
      const known = Object.keys(rules).join(', ');
      throw new MetricsError('invalid_option', `${backend}: there is no option ${name}; there are ${known}.`);
    }
    const [valid, what] = rule;
    if (value !== undefined && !valid(value as never)) {
      throw new MetricsError('invalid_option', `${backend}: ${name} must be ${what}, not ${String(value)}.`);
    }
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

/** A list of quantiles. */
export const quantilesRule: Rule = [
  (list: unknown) => Array.isArray(list) && list.every((q) => typeof q === 'number' && q > 0 && q <= 1),
  'a list of numbers above 0 and up to 1',
];

/** Where a server listens. */
export const endpointRules: Readonly<Record<'protocol' | 'host' | 'port' | 'path', Rule>> = {
  protocol: oneOf('udp', 'tcp'),
  host: text,
  port: integerFrom(1, 65_535),
  path: text,
};
