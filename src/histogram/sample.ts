/**
 * How many of n samples remain if each is kept with probability p: a binomially distributed number, by inversion
 * from the mode outwards while that takes few steps, by the normal distribution with a correction for skewness
 * (Cornish and Fisher) beyond, where the two differ by less than one in a million.
 */
export function binomial(n: number, p: number, random: () => number): number {
  if (p === 0 || p === 1) return n * p;
  const mean = n * p;
  const variance = mean * (1 - p);
  if (variance > 1e6) {
    const z = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const skewed = mean + Math.sqrt(variance) * z + ((1 - 2 * p) * (z * z - 1)) / 6;
    return Math.min(Math.max(Math.round(skewed), 0), n);
  }
  const odds = p / (1 - p);
  const mode = Math.min(Math.floor((n + 1) * p), n);
  let up = mode;
  let down = mode;
  let above = Math.exp(
    logFactorial(n) -
      logFactorial(mode) -
      logFactorial(n - mode) +
      mode * Math.log(p) +
      (n - mode) * Math.log1p(-p),
  );
  let under = above;
  let left = random() - above;
  while (left >= 0 && (above > 0 || under > 0)) {
    above *= ((n - up) / (up + 1)) * odds;
    up++;
    left -= above;
    if (left < 0) return up;
    under *= down / ((n - down + 1) * odds);
    down--;
    left -= under;
    if (left < 0) return down;
  }
  return mode;
}

/** ln n!, by Stirling's series from 16 on. */
function logFactorial(n: number): number {
  if (n < 16) {
    let product = 1;
    for (let i = 2; i <= n; i++) product *= i;
    return Math.log(product);
  }
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * n) - 1 / (360 * n ** 3);
}
