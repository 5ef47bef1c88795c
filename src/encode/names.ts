/** What a quantile is called in names: 0.5 is `p50`, 0.999 `p999`, 1 `p100`. */
export function quantileName(q: number): string {
  const [whole = '', fraction = ''] = String(Number((q * 100).toPrecision(12))).split('.');
  return `p${whole}${fraction}`;
}
