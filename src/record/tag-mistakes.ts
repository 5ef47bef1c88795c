import { shown, wordsOf } from '../checks.js';
import type { Tags } from './lookups.js';
import type { Metric } from './metric.js';
import type { Registry } from './registry.js';

/** A family, as far as it can overflow. */
interface Bounded {
  readonly metric: Metric;
  /** How many series it has. */
  readonly size: number;
  /** How many values a tag has, by its place among the names. */
  valuesOf(tag: number): number;
}

/** Whether something can be a tag's value. */
export function isTagValue(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** Tells once of a family that it was not given one of its tags, and which. */
export function tellOfMissing(registry: Registry, metric: Metric, tags: Tags): void {
  registry.tellOnce(metric, 'missing tag', (label) => {
    const name = metric.tagNames?.find((one) => !isTagValue(tags?.[one])) ?? '';
    return `Samples of ${label} are not recorded: tag ${shown(name)} must be a string, a number or a boolean, not ${shown(tags?.[name])}.`;
  });
}

/** Tells once of a family that the tags that it was given cannot be read, because a getter of theirs throws. */
export function tellOfUnreadable(registry: Registry, metric: Metric, error: unknown): void {
  const why = wordsOf(error).message;
  registry.tellOnce(
    metric,
    'missing tag',
    (label) => `Samples of ${label} are not recorded: its tags cannot be read: ${why}.`,
  );
}

/** Tells once of a family that it was given a tag that it does not have. */
export function tellOfUnknown(registry: Registry, metric: Metric, tags: Tags): void {
  const { tagNames = [] } = metric;
  if (typeof tags !== 'object' || tags === null || !registry.enabled) return;
  const unknown = Object.keys(tags).find((one) => tags[one] !== undefined && !tagNames.includes(one));
  if (unknown === undefined) return;
  registry.tellOnce(
    metric,
    'unknown tag',
    (label) =>
      `${label} has no tag ${shown(unknown)}, which is left out: its tags are ${tagNames.join(', ')}.`,
  );
}

/**
 * Tells once of a family that samples go to its overflow.
 * @param cause the tag to blame, by its place among the names
 * @param undeclared whether its value is not declared; otherwise there are too many series
 */
export function tellOfOverflow(
  registry: Registry,
  family: Bounded,
  cause: number,
  undeclared: boolean,
): void {
  const { metric, size } = family;
  registry.tellOnce(metric, 'overflow', (label) => {
    const { tagNames = [], maxSeries } = metric;
    const full = size < maxSeries ? `the recorder has its ${registry.maxSeries}` : `it has its ${maxSeries}`;
    const tag = `tag ${shown(tagNames[cause])}`;
    const why = undeclared
      ? `${tag} has an undeclared value`
      : `${full} series, and ${tag} has ${family.valuesOf(cause)} values`;
    return `Samples of ${label} go to its series overflow=true: ${why}.`;
  });
}
