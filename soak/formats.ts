// What receivers read, by code that shares nothing with the library's.
import { binOf, decodeBase64, edgeOf } from '../demo/trap/bins.js';
import { submissions } from '../demo/trap/reader.js';

/** One number by what it is of: a counter's name and route, and the bin or the statistic of a distribution. */
export type Amount = readonly [key: string, amount: number];

/** What was recorded at once. */
export interface Recorded {
  readonly name: string;
  readonly route: string;
  readonly times: number;
  /** Of a distribution. */
  readonly value?: number;
}

export interface Format {
  /** What a text says: a whole body, or lines. */
  read(text: string): Amount[];
  /** The units that arrive whole or not at all: the text itself, unless it is read line by line. */
  units(text: string): readonly string[];
  /** What a receiver has to be told of it. */
  expected(recorded: Recorded): Amount[];
}

const series = (name: string, route: string): string => (route === '' ? name : `${name} ${route}`);
const whole = (text: string): readonly string[] => [text];
const byLine = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

function binned({ name, route, times, value }: Recorded): Amount[] {
  return [[value === undefined ? series(name, route) : `${series(name, route)} @${value}`, times]];
}

function summed(recorded: Recorded): Amount[] {
  const { name, route, times, value } = recorded;
  if (value === undefined) return binned(recorded);
  const of = series(name, route);
  return [
    [`${of} .count`, times],
    [`${of} .sum`, times * value],
  ];
}

/** A document of Circonus' HTTPTrap; the body is read whole or not at all. */
export const trapDocument: Format = {
  read: (text) =>
    [...submissions(text)].flatMap(({ name, type, values: [value] }): Amount[] => {
      const key = name.replace(/\|ST\[route:(r\d+).*$/, ' $1');
      if (value === null || value === undefined) return [];
      if (type === 'L') return [[key, Number(value)]];
      const bins = decodeBase64(value);
      if (bins === undefined) throw new Error(`not a histogram: ${value}`);
      return bins.map((bin) => [`${key} @${edgeOf(bin)}`, Number(bin.count)]);
    }),
  units: whole,
  expected: binned,
};

/** Graphite's plaintext, with counts and sums of distributions. */
export const graphiteLines: Format = {
  read: (text) =>
    byLine(text).map((line): Amount => {
      const [, name = '', statistic, route = '', value = ''] =
        /^(\w+)(\.\w+)?(?:;route=(r\d+))? (\S+) \d+$/.exec(line) ?? [];
      if (value === '') throw new Error(`not a point: ${line}`);
      return [series(name, route) + (statistic === undefined ? '' : ` ${statistic}`), Number(value)];
    }),
  units: byLine,
  expected: summed,
};

/** StatsD's and DogStatsD's lines. Without tags, what is of one name is one. */
export function statsdLines({ tags, bins }: { readonly tags: boolean; readonly bins: boolean }): Format {
  const expected = bins ? binned : summed;
  return {
    read: (text) =>
      byLine(text).flatMap((line): Amount[] => {
        const [, name = '', statistic, values = '', type, rate = '1', route = ''] =
          /^(\w+)(\.\w+)?:([\d.:-]+)\|(c|g|ms|d)(?:\|@([\d.]+))?(?:\|#route:(r\d+))?$/.exec(line) ?? [];
        if (type === undefined) throw new Error(`not a metric: ${line}`);
        const key = series(name, route);
        if (type === 'g') return [];
        if (type === 'c') return [[key + (statistic === undefined ? '' : ` ${statistic}`), Number(values)]];
        return values.split(':').map((value) => {
          const bin = binOf(Number(value));
          return [`${key} @${bin === undefined ? value : edgeOf(bin)}`, Math.floor(1 / Number(rate) + 1e-9)];
        });
      }),
    units: byLine,
    expected: (recorded) => expected(tags ? recorded : { ...recorded, route: '' }),
  };
}

/** A point of OpenTSDB, by its metric and its tags; series without a route have a tag that names the host. */
const opentsdbPoint = (metric: string, tags: Readonly<Record<string, string>>, value: string): Amount => {
  const [, name = '', statistic] = /^(\w+)(\.\w+)?$/.exec(metric) ?? [];
  const { route = '', host } = tags;
  if (name === '' || (route === '') === (host === undefined)) throw new Error(`not a point: ${metric}`);
  return [series(name, route) + (statistic === undefined ? '' : ` ${statistic}`), Number(value)];
};

/** OpenTSDB's telnet-style protocol, with counts and sums of distributions. */
export const opentsdbLines: Format = {
  read: (text) =>
    byLine(text).map((line) => {
      const [, metric = '', value = '', tags = ''] = /^put (\S+) \d+ (\S+)((?: \S+=\S+)+)$/.exec(line) ?? [];
      const pairs = tags.trim().split(' ');
      return opentsdbPoint(metric, Object.fromEntries(pairs.map((tag) => tag.split('='))), value);
    }),
  units: byLine,
  expected: summed,
};

/** OpenTSDB's HTTP API. */
export const opentsdbDocument: Format = {
  read: (text) =>
    (JSON.parse(text) as { metric: string; tags: Record<string, string>; value: number }[]).map(
      ({ metric, tags, value }) => opentsdbPoint(metric, tags, String(value)),
    ),
  units: whole,
  expected: summed,
};
