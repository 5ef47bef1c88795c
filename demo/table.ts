import type { Arrival } from './arrivals.js';
import { type Axis, axisLabels, sparkline } from './sparkline.js';
import { quantile } from './trap/quantiles.js';

/** From 1 ms to 1 s: where the latencies of this demo are. */
const AXIS: Axis = { from: -3, to: 0, decade: 8 };
const QUANTILES = [0.5, 0.9, 0.99, 0.999];
const ROUTE = 11;

/** How to set off parts of a line; plain text where there is no colour. */
export interface Style {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly alarm: (text: string) => string;
}

export const plain: Style = { strong: (text) => text, faint: (text) => text, alarm: (text) => text };
const ansi = (on: number, off: number) => (text: string) => `\x1b[${on}m${text}\x1b[${off}m`;
export const coloured: Style = { strong: ansi(1, 22), faint: ansi(2, 22), alarm: ansi(31, 39) };

/** One table, 80 columns wide; the rates in it are of the time span it is told. */
export function table(
  title: string,
  span: string,
  arrived: readonly Arrival[],
  footer: string,
  style: Style,
): string[] {
  const labels = QUANTILES.map((q) => `p${+(q * 100).toFixed(1)}`.padStart(6)).join('');
  return [
    style.strong(`${title.padEnd(ROUTE)}${span.padStart(15)}   latency in ms, since the start`),
    style.strong(`${'route'.padEnd(ROUTE)}${'req/s'.padStart(8)}${'err/s'.padStart(7)} ${labels}  `) +
      style.faint(axisLabels(AXIS)),
    ...arrived.map((arrival) => line(arrival, style)),
    style.faint(footer),
  ];
}

function line(arrival: Arrival, style: Style): string {
  const rate = arrival.rate.toFixed(0).padStart(8);
  const errors = arrival.errorRate.toFixed(1).padStart(7);
  const quantiles = QUANTILES.map((q) => milliseconds(quantile(arrival.latencies, q)).padStart(6)).join('');
  const text = `${arrival.route.padEnd(ROUTE)}${rate}${arrival.errorRate > 0 ? style.alarm(errors) : errors}`;
  const whole = `${text} ${quantiles}  ${sparkline(arrival.latencies, AXIS)}`.trimEnd();
  return arrival.route === 'all' ? style.strong(whole) : whole;
}

/** Three digits are what the histogram's bins can tell. */
function milliseconds(seconds: number): string {
  if (Number.isNaN(seconds)) return '–';
  const value = seconds * 1000;
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
