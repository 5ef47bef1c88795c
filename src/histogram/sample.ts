/** Up to this variance the distribution is inverted exactly: its least probability, of 0, is above 1e-250 then. */
const EXACT = 200;

/**
 * How many of n samples remain if each is kept with probability p: a binomially distributed number. Small ones by
 * inversion, from one random number; large ones by the normal distribution, corrected for skewness (Cornish and
 * Fisher, 1938), from two.
 *
 * @param n an integer from 1 to 2^53
 * @param p from 0 to 1
 * @param random gives numbers from 0 to below 1
 */
export function binomial(n: number, p: number, random: () => number): number {
  if (p === 0 || p === 1) return n * p;
  if (p > 0.5) return n - binomial(n, 1 - p, random);
  const variance = n * p * (1 - p);
  if (variance > EXACT) {
    const z = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const kept = Math.round(n * p + Math.sqrt(variance) * z + ((1 - 2 * p) * (z * z - 1)) / 6);
    return Math.min(Math.max(kept, 0), n) || 0;
  }
  let kept = 0;
  let probability = Math.exp(n * Math.log1p(-p));
  // Each probability follows from the one before; beyond the last that counts, they are 0.
  for (let left = random() - probability; left >= 0 && probability > 0 && kept < n; left -= probability) {
    probability *= ((n - kept) / (kept + 1)) * (p / (1 - p));
    kept++;
  }
  return kept;
}
