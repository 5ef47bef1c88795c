import { must } from '../checks.js';

// The standard units of libcircmetrics (its units.md): SI base units, computing units and both families of
// prefixes; beside them the SI's derived units that services measure, and the times that are used with the SI.

/** Units that take decimal prefixes: name to symbol. */
const prefixable = {
  meters: 'm',
  grams: 'g',
  seconds: 's',
  amperes: 'A',
  kelvin: 'K',
  moles: 'mol',
  candela: 'cd',
  hertz: 'Hz',
  joules: 'J',
  watts: 'W',
  volts: 'V',
  bits: 'b',
  bytes: 'B',
} as const;

/** Units that stand alone: name to symbol. */
const plain = {
  celsius: '°C',
  minutes: 'min',
  hours: 'h',
  days: 'd',
  percent: '%',
  ratio: 'ratio',
  messages: 'msgs',
  packets: 'pkts',
  requests: 'reqs',
  responses: 'resps',
  transactions: 'txns',
  tuples: 'tuples',
} as const;

/** SI prefixes: name to symbol and power of ten. */
const decimal = {
  yotta: ['Y', 24],
  zetta: ['Z', 21],
  exa: ['E', 18],
  peta: ['P', 15],
  tera: ['T', 12],
  giga: ['G', 9],
  mega: ['M', 6],
  kilo: ['k', 3],
  hecto: ['h', 2],
  deca: ['da', 1],
  deci: ['d', -1],
  centi: ['c', -2],
  milli: ['m', -3],
  micro: ['μ', -6],
  nano: ['n', -9],
  pico: ['p', -12],
  femto: ['f', -15],
  atto: ['a', -18],
  zepto: ['z', -21],
  yocto: ['y', -24],
} as const;

/** IEC prefixes, for bits and bytes: name to symbol and power of 1024. */
const binary = {
  kibi: ['Ki', 1],
  mebi: ['Mi', 2],
  gibi: ['Gi', 3],
  tebi: ['Ti', 4],
  pebi: ['Pi', 5],
  exbi: ['Ei', 6],
  zebi: ['Zi', 7],
  yobi: ['Yi', 8],
} as const;

type BaseUnit = keyof typeof prefixable | keyof typeof plain;

/** A standard unit's name, in the plural: `seconds`, `milliseconds`, `kibibytes`, `requests`. */
export type Unit =
  | BaseUnit
  | `${keyof typeof decimal}${keyof typeof prefixable}`
  | `${keyof typeof binary}${'bits' | 'bytes'}`;

/** What a unit's name stands for. */
export interface UnitInfo {
  /** As it was looked up. */
  readonly name: Unit;
  /** As a person writes it: `ms`, `KiB`, `reqs`. */
  readonly symbol: string;
  /** The unit without its prefix: `seconds` for `milliseconds`. */
  readonly base: BaseUnit;
  /** How many of `base` one of it is: 0.001 for `milliseconds`, 1024 for `kibibytes`. */
  readonly factor: number;
}

/** Looks a unit up by its name; `undefined` where the table has none. */
export function unitInfo(name: string): UnitInfo | undefined {
  for (const table of [prefixable, plain]) {
    if (Object.hasOwn(table, name)) {
      const symbol = (table as Readonly<Record<string, string>>)[name] as string;
      return { name: name as Unit, symbol, base: name as BaseUnit, factor: 1 };
    }
  }
  for (const [base, symbol] of Object.entries(prefixable)) {
    if (!name.endsWith(base)) continue;
    const prefix = name.slice(0, -base.length);
    const found = { name: name as Unit, base: base as BaseUnit };
    if (Object.hasOwn(decimal, prefix)) {
      const [mark, power] = decimal[prefix as keyof typeof decimal];
      // Read as a literal, because 10 ** -3 need not be the double nearest to 0.001.
      return { ...found, symbol: mark + symbol, factor: Number(`1e${power}`) };
    }
    if (Object.hasOwn(binary, prefix) && (base === 'bits' || base === 'bytes')) {
      const [mark, power] = binary[prefix as keyof typeof binary];
      return { ...found, symbol: mark + symbol, factor: 1024 ** power };
    }
  }
  return undefined;
}

/** Checks a unit that the host gave. */
export function unitOf(name: unknown): Unit | undefined {
  if (name === undefined) return undefined;
  const info = typeof name === 'string' ? unitInfo(name) : undefined;
  must(
    info !== undefined,
    'A unit',
    'a plural from the table of units, such as milliseconds',
    name,
    'invalid_unit',
  );
  return info?.name;
}
