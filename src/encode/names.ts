import { fixedNotation } from './numbers.js';

/**
 * What a quantile is called in names: 0.5 is `p50`, 0.999 `p999`, 1 `p100`. Below 10 % the fraction stands apart, because
 * 2.5 % and 25 % would have one name otherwise: 0.025 is `p2_5`, 0.25 `p25`.
 */
export function quantileName(q: number): string {
  const [whole = '', fraction = ''] = fixedNotation(Number((q * 100).toPrecision(12))).split('.');
  return `p${whole}${fraction !== '' && whole.length === 1 ? '_' : ''}${fraction}`;
}

/** The first two quantiles of a list that have one name. */
export function sameName(quantiles: readonly number[]): readonly [number, number] | undefined {
  const names = quantiles.map(quantileName);
  const second = names.findIndex((name, i) => names.indexOf(name) < i);
  if (second < 0) return undefined;
  return [quantiles[names.indexOf(names[second] as string)] as number, quantiles[second] as number];
}
