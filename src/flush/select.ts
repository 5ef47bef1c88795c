import { ask, must } from '../checks.js';
import { Kept } from '../collect/kept.js';
import type { Series } from '../record/series.js';
import type { TagValue } from '../record/tags.js';

/**
 * Which series: those whose path and name, joined by dots, match a pattern in which `*` stands for any characters;
 * or a regular expression; those that have all these tags, of values that match patterns; or those for which a
 * function says so. A function is asked once for each series; where it throws, or answers with a promise, the series does not fit.
 */
export type Selector = string | RegExp | Readonly<Record<string, TagValue>> | ((series: Series) => boolean);

/** Whether a series fits. */
export type Accept = (series: Series) => boolean;

/** Checks one selector, or several of which one has to fit. */
export function selectorsOf(option: string, given: unknown): readonly Accept[] | undefined {
  return given === undefined ? undefined : [given].flat().map((one) => acceptOf(option, one));
}

/** All that is included, or everything, less what is excluded; each series is looked at once. */
export function acceptance(
  include: readonly Accept[] | undefined,
  exclude: readonly Accept[] | undefined,
): Accept {
  if (include === undefined && exclude === undefined) return () => true;
  const known = new Kept<boolean>();
  return (series) => {
    let fits = known.get(series);
    if (fits === undefined) {
      const one = (accept: Accept): boolean => accept(series);
      fits = (include?.some(one) ?? true) && !exclude?.some(one);
      known.set(series, fits);
    }
    return fits;
  };
}

function acceptOf(option: string, given: unknown): Accept {
  if (typeof given === 'string' || given instanceof RegExp) {
    const pattern =
      typeof given === 'string'
        ? patternOf(given)
        : // Without the flags by which one test depends on the one before.
          new RegExp(given.source, given.flags.replace(/[gy]/g, ''));
    return ({ path, name }) => pattern.test([...path, name].join('.'));
  }
  if (typeof given === 'function') {
    return (series) => ask(() => given(series)) === true;
  }
  must(
    typeof given === 'object' && given !== null,
    option,
    "a pattern such as 'api.*', a RegExp, tags such as { route: '/a*' }, a function, or a list of these",
    given,
  );
  const wanted = Object.entries(given as object).map(
    ([category, value]) => [category, patternOf(String(value))] as const,
  );
  return ({ tags }) =>
    wanted.every(([category, pattern]) =>
      tags.some(([key, value]) => key === category && pattern.test(value)),
    );
}

function patternOf(pattern: string): RegExp {
  const literals = pattern.split('*').map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return new RegExp(`^${literals.join('[^]*')}$`);
}
