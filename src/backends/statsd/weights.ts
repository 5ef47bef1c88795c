import { fixedNotation } from '../../encode/numbers.js';

/**
 * The sample rate that makes a receiver count one sample as `count` (an integer from 1 to 2^53), in fixed notation,
 * because receivers read digits and dots: an exponent would be cut off.
 *
 * Datadog's agent takes the integer part of 1/rate as the weight, so the shortest fraction is looked for whose
 * reciprocal has that integer part. The original daemon adds 1/rate as it is, so the double nearest to 1/count is
 * written in full.
 */
export function rateFor(count: number, whole: boolean): string {
  let rate = 1 / count;
  if (!whole) return fixedNotation(rate);
  for (let places = 1; places <= 20; places++) {
    const text = rate.toFixed(places);
    if (Math.floor(1 / Number(text)) === count) return text;
  }
  // One step of a double down, where the quotient was rounded to below the count.
  while (Math.floor(1 / rate) < count) rate -= rate * 2 ** -53;
  return fixedNotation(rate);
}
