import { Paged } from '../collect/paged.js';
import { Book } from './book.js';

/** So many names that nobody has any more are never worth being forgotten. */
const fewForgotten = 10_000;

/** A name that something has, kept with it, so that it is looked up once and not for every document. */
export class Name {
  readonly text: string;
  /** Where it was looked up last, and its number there. */
  private edition: object | undefined = undefined;
  private number = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Its number in a book. */
  in(book: Book): number {
    if (this.edition !== book.edition) {
      this.number = book.add(this.text);
      this.edition = book.edition;
    }
    return this.number;
  }
}

/** Which names one document has, and who has each. */
export class Taken<T> {
  private readonly book: Book;
  private readonly owners = new Paged<T>();
  /** How many there are. */
  size = 0;

  constructor(book: Book) {
    this.book = book;
  }

  /** Who has a name. */
  owner(name: Name): T | undefined {
    return this.owners.get(name.in(this.book));
  }

  /** Gives a name to somebody unless it is taken. @returns who had it */
  take(name: Name, owner: T): T | undefined {
    const number = name.in(this.book);
    const there = this.owners.get(number);
    if (there === undefined) {
      this.owners.set(number, owner);
      this.size++;
    }
    return there;
  }
}

/** Knows the names of documents that follow each other, which mostly have the same. They may be made side by side. */
export class Names<T> {
  #book = new Book();
  #last: Taken<T> | undefined;

  /** For a new document. */
  begin(): Taken<T> {
    // Series come and go, and names with them.
    if (this.#book.size > 2 * (this.#last?.size ?? 0) + fewForgotten) this.#book = new Book();
    this.#last = new Taken<T>(this.#book);
    return this.#last;
  }
}
