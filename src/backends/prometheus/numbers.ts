/** A sample's value. JavaScript writes all doubles but infinity as Go reads them. */
export function valueText(value: number | bigint): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

/**
 * A number as the value of `le` or `quantile`, in the one form that OpenMetrics has for it (the specification's
 * "Canonical Numbers"): Go's shortest `%g`, and `.0` after integers. `0.0001`, `1e-05`, `1.0`, `1e+06`, `+Inf`.
 */
export function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) return valueText(value);
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power < -4 || power >= 6) {
    return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
