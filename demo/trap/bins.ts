/**
 * Log-linear histograms as they come over the wire: bins two decimal digits wide, and how many samples fell
 * into each. Written from the format's description alone, so that it checks the sender and does not repeat it.
 */
export interface Bin {
  /** ±10 … ±99, or 0: the two leading digits of every value in the bin. */
  readonly val: number;
  /** −128 … 127: the power of ten of the first digit. */
  readonly exp: number;
  readonly count: bigint;
}

/** Bins by their edge, which is unlike for unlike bins; only those with samples in them. */
export type Bins = ReadonlyMap<number, Bin>;

/** The bin's edge nearest to zero: val / 10 × 10^exp, exactly as the decimal text reads. */
export const edgeOf = (bin: { val: number; exp: number }): number => Number(`${bin.val}e${bin.exp - 1}`);

/** How wide a bin is: a tenth of its power of ten, and nothing for the zero bin. */
const widthOf = (bin: { val: number; exp: number }): number =>
  bin.val === 0 ? 0 : Number(`1e${bin.exp - 1}`);

/** The bin's two ends on the real axis, lower first. */
export function endsOf(bin: { val: number; exp: number }): [number, number] {
  const edge = edgeOf(bin);
  return bin.val < 0 ? [edge - widthOf(bin), edge] : [edge, edge + widthOf(bin)];
}

export function addBins(into: Map<number, Bin>, bins: Iterable<Bin>): void {
  for (const bin of bins) {
    if (bin.count === 0n) continue;
    const edge = edgeOf(bin);
    into.set(edge, { ...bin, count: bin.count + (into.get(edge)?.count ?? 0n) });
  }
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * The binary record in base64: how many bins (two bytes, big-endian); for each its val, its exp, one less than
 * the bytes its count takes, and the count (little-endian). Undefined unless every byte makes sense.
 */
export function decodeBase64(text: string): Bin[] | undefined {
  if (text.length % 4 !== 0 || !BASE64.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length < 2) return undefined;

  const bins: Bin[] = [];
  let at = 2;
  for (let left = bytes.readUInt16BE(0); left > 0; left -= 1) {
    if (at + 3 > bytes.length) return undefined;
    const val = bytes.readInt8(at);
    const exp = bytes.readInt8(at + 1);
    const width = bytes.readUInt8(at + 2) + 1;
    at += 3;
    if (width > 8 || at + width > bytes.length) return undefined;
    let count = 0n;
    for (let byte = width - 1; byte >= 0; byte -= 1)
      count = count * 256n + BigInt(bytes.readUInt8(at + byte));
    at += width;
    // What is no number has a bin of its own (val −1); it holds nothing that can be drawn.
    if (isVal(val)) bins.push({ val, exp: val === 0 ? 0 : exp, count });
  }
  return at === bytes.length ? bins : undefined;
}

const BIN_STRING = /^H\[\s*([^\]\s]+)\s*\]=(\d+)/;

/** `H[1.2e+02]=3`: three samples in the bin whose edge is 120. */
export function decodeBinString(text: string): Bin | undefined {
  const [, edge = '', count = ''] = BIN_STRING.exec(text) ?? [];
  const bin = binOf(Number(edge));
  return edge === '' || bin === undefined ? undefined : { ...bin, count: BigInt(count) };
}

/**
 * The bin of a value, from the first two digits of its shortest decimal text: no arithmetic that could round.
 * What is smaller than every bin counts as zero; what is larger than every bin, or no number, has none.
 */
export function binOf(value: number): { val: number; exp: number } | undefined {
  if (!Number.isFinite(value)) return undefined;
  const [digits = '', power = ''] = Math.abs(value).toExponential().split('e');
  const exp = Number(power);
  if (value === 0 || exp < -128) return { val: 0, exp: 0 };
  if (exp > 127) return undefined;
  const val = Number(digits.replace('.', '').padEnd(2, '0').slice(0, 2));
  return { val: value < 0 ? -val : val, exp };
}

const isVal = (val: number): boolean => val === 0 || (Math.abs(val) >= 10 && Math.abs(val) <= 99);
