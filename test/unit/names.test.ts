// How encoders tell which names a document has already.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Book } from '../../src/encode/book.js';
import { Name, Names } from '../../src/encode/taken.js';

describe('a book', () => {
  it('numbers names in the order of their first look-up, and finds each', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 200 }), (texts) => {
        const book = new Book();
        const distinct = [...new Set(texts)];
        for (const text of texts) expect(book.add(text)).toBe(distinct.indexOf(text));
        for (const text of texts) expect(book.find(text)).toBe(distinct.indexOf(text));
        expect(book.size).toBe(distinct.length);
      }),
    );
  });

  it('keeps a hundred thousand names apart', () => {
    const book = new Book();
    for (let i = 0; i < 100_000; i++) expect(book.add(`requests_${i}`)).toBe(i);
    for (let i = 0; i < 100_000; i += 97) expect(book.find(`requests_${i}`)).toBe(i);
    expect(book.find('requests_')).toBeUndefined();
    expect(book.size).toBe(100_000);
  });
});

describe('names that are taken', () => {
  it('belong to the first who takes them', () => {
    const taken = new Names<string>().begin();
    expect(taken.take(new Name('a'), 'first')).toBeUndefined();
    expect(taken.take(new Name('a'), 'second')).toBe('first');
    expect(taken.owner(new Name('a'))).toBe('first');
    expect(taken.owner(new Name('b'))).toBeUndefined();
  });

  it('are free again in the next document', () => {
    const names = new Names<true>();
    const name = new Name('a');
    names.begin().take(name, true);
    expect(names.begin().take(name, true)).toBeUndefined();
  });

  it('are told apart in documents that are made side by side', () => {
    const names = new Names<number>();
    const [a, b] = [new Name('a'), new Name('a')];
    const [one, other] = [names.begin(), names.begin()];
    expect(one.take(a, 1)).toBeUndefined();
    expect(other.take(a, 2)).toBeUndefined();
    expect(one.take(b, 3)).toBe(1);
    expect(other.take(b, 4)).toBe(2);
  });

  it('are the same once those that nobody has any more are forgotten', () => {
    const names = new Names<string>();
    const lasting = new Name('lasting');
    const before = names.begin();
    for (let i = 0; i < 30_000; i++) before.take(new Name(`gone_${i}`), 'gone');
    before.take(lasting, 'before');
    names.begin();
    // The one before had no names at all, so that this one begins with none.
    const after = names.begin();
    expect(after.take(new Name('new'), 'new')).toBeUndefined();
    expect(after.take(lasting, 'after')).toBeUndefined();
    expect(after.take(new Name('lasting'), 'again')).toBe('after');
    expect(before.owner(lasting)).toBe('before');
  });
});
