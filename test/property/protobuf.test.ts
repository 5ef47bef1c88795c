// What ProtobufWriter writes is, byte for byte, what protobufjs writes of the same message.
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { ProtobufWriter } from '../../src/encode/protobuf.js';
import { seed } from '../seed.js';

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Leaf { optional sint32 offset = 1; repeated uint64 counts = 2; }
  message All {
    optional uint32 u32 = 1;
    optional int32 i32 = 2;
    optional sint32 s32 = 3;
    optional uint64 u64 = 4;
    optional int64 i64 = 5;
    optional sint64 s64 = 6;
    optional fixed64 f64 = 7;
    optional sfixed64 sf64 = 8;
    optional double number = 9;
    optional string text = 10;
    optional bytes blob = 11;
    optional bool yes = 12;
    Leaf leaf = 13;
    repeated sint32 offsets = 14; repeated uint64 counts = 15; repeated fixed64 fixed = 16; repeated double numbers = 17;
    repeated Leaf leaves = 2047;
    repeated sint64 deltas = 536870911;
  }`);
const All = root.lookupType('All');

interface Leaf {
  readonly offset: number;
  readonly counts: readonly number[];
}

/** For protobufjs, which takes 64 bits in two halves. */
const long = (value: number | bigint): object => {
  const bits = BigInt.asUintN(64, BigInt(value));
  return protobuf.util.LongBits.from({
    low: Number(bits & 0xffff_ffffn) | 0,
    high: Number(bits >> 32n) | 0,
  } as never).toLong(true);
};

/** Integers of every length, as numbers and as bigints, with both ends of the range. */
const integers = (least: bigint, most: bigint): fc.Arbitrary<number | bigint> =>
  fc.oneof(
    fc.bigInt(least, most),
    fc
      .nat({ max: 64 })
      .chain((bits) => fc.bigInt(0n, 1n << BigInt(bits)).map((value) => (value > most ? most : value))),
    fc
      .constantFrom(least, most, 0n, 1n, 127n, 128n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n)
      .map((value) => (value > most ? most : value)),
    // Multiples of 2^11 have no more than 53 bits.
    fc.bigInt(least, most).map((value) => Number(BigInt.asIntN(64, value) >> 11n) * 2048),
    fc.maxSafeInteger().map((value) => (least === 0n ? Math.abs(value) : value)),
  );
const unsigned = integers(0n, 2n ** 64n - 1n).filter((value) => value >= 0);
const signed = integers(-(2n ** 63n), 2n ** 63n - 1n);
const counts = fc.array(fc.oneof(fc.nat(300), fc.maxSafeInteger().map(Math.abs)), { maxLength: 20 });
const leaf: fc.Arbitrary<Leaf> = fc.record({ offset: fc.integer(), counts });
const numbers = fc.double({ noNaN: true });
const message = fc.record({
  u32: fc.nat(2 ** 32 - 1),
  i32: fc.integer(),
  s32: fc.integer(),
  u64: unsigned,
  i64: signed,
  s64: signed,
  f64: unsigned,
  sf64: signed,
  number: numbers,
  text: fc.oneof(fc.string({ maxLength: 300 }), fc.string({ unit: 'binary', maxLength: 300 })),
  blob: fc.uint8Array({ maxLength: 3000 }),
  yes: fc.boolean(),
  leaf,
  offsets: fc.array(fc.integer(), { maxLength: 300 }),
  counts,
  fixed: counts,
  numbers: fc.array(numbers, { maxLength: 20 }),
  leaves: fc.array(leaf, { maxLength: 5 }),
  deltas: fc.array(signed, { maxLength: 20 }),
});
type Message = typeof message extends fc.Arbitrary<infer T> ? T : never;

/** Writes a packed list; none where there is nothing in it. */
function packed<T>(
  writer: ProtobufWriter,
  field: number,
  list: readonly T[],
  write: (value: T) => void,
): void {
  if (list.length === 0) return;
  const end = writer.length;
  for (const value of list.toReversed()) write(value);
  writer.message(end, field);
}

function writeLeaf(writer: ProtobufWriter, field: number, { offset, counts }: Leaf): void {
  const end = writer.length;
  packed(writer, 2, counts, (value) => writer.varint(value));
  writer.zigzag(offset, 1);
  writer.message(end, field);
}

function written(writer: ProtobufWriter, all: Message): Uint8Array {
  packed(writer, 536_870_911, all.deltas, (value) => writer.zigzag(value));
  for (const leaf of all.leaves.toReversed()) writeLeaf(writer, 2047, leaf);
  packed(writer, 17, all.numbers, (value) => writer.double(value));
  packed(writer, 16, all.fixed, (value) => writer.fixed64(value));
  packed(writer, 15, all.counts, (value) => writer.varint(value));
  packed(writer, 14, all.offsets, (value) => writer.zigzag(value));
  writeLeaf(writer, 13, all.leaf);
  writer.varint(Number(all.yes), 12);
  writer.bytes(all.blob, 11);
  writer.string(all.text, 10);
  writer.double(all.number, 9);
  writer.fixed64(all.sf64, 8);
  writer.fixed64(all.f64, 7);
  writer.zigzag(all.s64, 6);
  writer.varint(all.i64, 5);
  writer.varint(all.u64, 4);
  writer.zigzag(all.s32, 3);
  writer.varint(all.i32, 2);
  writer.varint(all.u32, 1);
  return writer.finish();
}

function expected(all: Message): Uint8Array {
  const inLongs = (leaf: Leaf): object => ({ ...leaf, counts: leaf.counts.map(long) });
  return All.encode({
    ...all,
    u64: long(all.u64),
    i64: long(all.i64),
    s64: long(all.s64),
    f64: long(all.f64),
    sf64: long(all.sf64),
    leaf: inLongs(all.leaf),
    counts: all.counts.map(long),
    fixed: all.fixed.map(long),
    leaves: all.leaves.map(inLongs),
    deltas: all.deltas.map(long),
  }).finish();
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('a message of protobuf', () => {
  it('is what protobufjs writes', () => {
    // One writer for all, as a backend has it.
    const writer = new ProtobufWriter();
    fc.assert(
      fc.property(message, (all) => {
        expect(hex(written(writer, all))).toBe(hex(expected(all)));
      }),
      { seed, numRuns: 500 },
    );
  });

  it('is read back as it was', () => {
    fc.assert(
      fc.property(message, (all) => {
        const read = All.toObject(All.decode(written(new ProtobufWriter(), all)), {
          longs: String,
          arrays: true,
        });
        const texts = (list: readonly (number | bigint)[]): string[] =>
          list.map((value) => String(BigInt(value)));
        expect(read).toMatchObject({
          u64: String(BigInt(all.u64)),
          i64: String(BigInt(all.i64)),
          s64: String(BigInt(all.s64)),
          sf64: String(BigInt(all.sf64)),
          text: all.text,
          counts: texts(all.counts),
          deltas: texts(all.deltas),
        });
      }),
      { seed, numRuns: 100 },
    );
  });

  it.each([NaN, Infinity, -Infinity, -0])('has a double of %s', (value) => {
    const writer = new ProtobufWriter();
    writer.double(value, 9);
    expect(hex(writer.finish())).toBe(hex(All.encode({ number: value }).finish()));
  });

  it('has U+FFFD in place of half a pair of surrogates, which is not UTF-8', () => {
    const writer = new ProtobufWriter();
    writer.string('a\ud83db', 10);
    expect(hex(writer.finish())).toBe('520561efbfbd62');
  });

  it('is told apart from the next one in a stream by its length', () => {
    const writer = new ProtobufWriter();
    for (const u32 of [300, 1]) {
      const end = writer.length;
      writer.varint(u32, 1);
      writer.delimit(end);
    }
    const both = [1, 300].flatMap((u32) => [...All.encodeDelimited({ u32 }).finish()]);
    expect([...writer.finish()]).toEqual(both);
  });
});
