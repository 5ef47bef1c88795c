/** How the value of a field is written: as a varint, as 8 bytes, or as bytes after their length. */
const VARINT = 0;
const EIGHT_BYTES = 1;
const LENGTH_DELIMITED = 2;

const TWO_32 = 2 ** 32;
const utf8 = /* @__PURE__ */ new TextEncoder();

/**
 * Writes messages of Protocol Buffers, the last byte first. The length of a message stands before it, and is known by
 * then, so nothing is measured or visited twice. Write fields, and elements of lists, in the reverse of their order. A
 * message in a message, and a packed list, is closed by {@link message}; elements of a packed list have no field:
 *
 * ```ts no-run
 * // message Point { string name = 1; repeated sint32 offsets = 2; double y = 3; }
 * writer.double(y, 3);
 * const end = writer.length;
 * for (let i = offsets.length - 1; i >= 0; i--) writer.zigzag(offsets[i]);
 * writer.message(end, 2);
 * writer.string(name, 1);
 * ```
 *
 * Integers are from -2^63 to 2^64 - 1: a number that is an integer, or a bigint. A value of 0 is written like any
 * other, and so is an empty list; leave out what proto3 leaves out.
 */
export class ProtobufWriter {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  #view: DataView = new DataView(this.#bytes.buffer);
  /** Where the first of the bytes written is. */
  #at = 1024;
  /** The two halves of the integer that is being written, each from 0 to 2^32 - 1. */
  #high = 0;
  #low = 0;

  /** How many bytes are written. */
  get length(): number {
    return this.#bytes.length - this.#at;
  }

  /** Returns what is written, and begins anew. */
  finish(): Uint8Array<ArrayBuffer> {
    const written = this.#bytes.slice(this.#at);
    this.#at = this.#bytes.length;
    return written;
  }

  /** An int32, int64, uint32, uint64, enum or, with 0 or 1, bool. */
  varint(value: number | bigint, field?: number): void {
    this.#split(value);
    this.#varint();
    if (field !== undefined) this.#tag(field, VARINT);
  }

  /** A sint32 or sint64. */
  zigzag(value: number | bigint, field?: number): void {
    this.#split(value);
    const sign = this.#high >> 31;
    this.#high = (((this.#high << 1) | (this.#low >>> 31)) ^ sign) >>> 0;
    this.#low = ((this.#low << 1) ^ sign) >>> 0;
    this.#varint();
    if (field !== undefined) this.#tag(field, VARINT);
  }

  /** A fixed64 or sfixed64. */
  fixed64(value: number | bigint, field?: number): void {
    this.#split(value);
    this.#take(8);
    this.#view.setUint32(this.#at, this.#low, true);
    this.#view.setUint32(this.#at + 4, this.#high, true);
    if (field !== undefined) this.#tag(field, EIGHT_BYTES);
  }

  double(value: number, field?: number): void {
    this.#take(8);
    this.#view.setFloat64(this.#at, value, true);
    if (field !== undefined) this.#tag(field, EIGHT_BYTES);
  }

  bytes(value: Uint8Array, field: number): void {
    const end = this.length;
    this.#take(value.length);
    this.#bytes.set(value, this.#at);
    this.message(end, field);
  }

  /** A surrogate without its other half becomes U+FFFD. */
  string(value: string, field: number): void {
    // Most texts are ASCII, which has a byte for each character.
    let i = value.length;
    const end = this.length;
    this.#take(i);
    while (i > 0 && value.charCodeAt(i - 1) < 0x80) {
      i--;
      this.#bytes[this.#at + i] = value.charCodeAt(i);
    }
    if (i === 0) {
      this.message(end, field);
    } else {
      this.#at += value.length;
      this.bytes(utf8.encode(value), field);
    }
  }

  /** Makes a field of what was written since `length` was `end`. */
  message(end: number, field: number): void {
    this.delimit(end);
    this.#tag(field, LENGTH_DELIMITED);
  }

  /** Puts its length before what was written since `length` was `end`, as streams of messages have it. */
  delimit(end: number): void {
    this.varint(this.length - end);
  }

  #tag(field: number, type: number): void {
    this.varint(field * 8 + type);
  }

  #split(value: number | bigint): void {
    if (typeof value === 'bigint') {
      this.#high = Number(BigInt.asUintN(32, value >> 32n));
      this.#low = Number(BigInt.asUintN(32, value));
    } else {
      // Exact, because a power of two changes only the exponent. A negative number becomes its two's complement.
      const high = Math.floor(value / TWO_32);
      this.#high = high >>> 0;
      this.#low = (value - high * TWO_32) >>> 0;
    }
  }

  #varint(): void {
    let [high, low] = [this.#high, this.#low];
    // Seven bits in each byte, the lowest first; all bytes but the last have the eighth set.
    const bits = high === 0 ? 32 - Math.clz32(low) : 64 - Math.clz32(high);
    this.#take(Math.ceil(bits / 7) || 1);
    let at = this.#at;
    for (; high !== 0 || low > 0x7f; at++) {
      this.#bytes[at] = low | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.#bytes[at] = low;
  }

  /** Goes back by so many bytes. */
  #take(count: number): void {
    if (count > this.#at) {
      const { length } = this;
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, length + count));
      larger.set(this.#bytes.subarray(this.#at), larger.length - length);
      this.#at = larger.length - length;
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#at -= count;
  }
}
