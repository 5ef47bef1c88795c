/**
 * JSON as a trap reads it: token by token, because `JSON.parse` would lose what the format relies on.
 * Documents may follow one another, a key may come twice (two samples of one metric), and a 64-bit integer
 * must keep all its digits; so the text of numbers and strings is handed on as it stands.
 */
export type Token =
  | { readonly kind: '{' | '}' | '[' | ']' | 'null' }
  | { readonly kind: 'key' | 'string' | 'number' | 'boolean'; readonly text: string };

/** What was wrong with a body, and at which character. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
}

/** Objects and arrays inside one another, at most: the broker's limit. It bounds the recursion here, too. */
const MAX_DEPTH = 32;

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const PLAIN = /[^"\\]*/y;

/** The tokens of a text, each as soon as it is read; throws a JsonError where the text goes wrong. */
export function* tokens(text: string): Generator<Token> {
  const reader = new Reader(text);
  while (!reader.done()) yield* value(reader, 1);
}

function* value(reader: Reader, depth: number): Generator<Token> {
  const first = reader.peek();
  if (first === '{' || first === '[') {
    if (depth >= MAX_DEPTH) throw reader.error(`a nesting of less than ${MAX_DEPTH} levels`);
    yield* first === '{' ? object(reader, depth) : array(reader, depth);
  } else if (first === '"') {
    yield { kind: 'string', text: reader.string() };
  } else {
    const word = reader.match(WORD);
    const number = word === '' ? reader.match(NUMBER) : '';
    if (word === 'null') yield { kind: 'null' };
    else if (word !== '') yield { kind: 'boolean', text: word };
    else if (number !== '') yield { kind: 'number', text: number };
    else throw reader.error('a value');
  }
}

function* object(reader: Reader, depth: number): Generator<Token> {
  reader.expect('{');
  yield { kind: '{' };
  for (let first = true; !reader.skip('}'); first = false) {
    if (!first) reader.expect(',');
    yield { kind: 'key', text: reader.string() };
    reader.expect(':');
    yield* value(reader, depth + 1);
  }
  yield { kind: '}' };
}

function* array(reader: Reader, depth: number): Generator<Token> {
  reader.expect('[');
  yield { kind: '[' };
  for (let first = true; !reader.skip(']'); first = false) {
    if (!first) reader.expect(',');
    yield* value(reader, depth + 1);
  }
  yield { kind: ']' };
}

/** A place in a text, always past white space. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.match(SPACE);
  }

  done(): boolean {
    return this.#at >= this.#text.length;
  }

  peek(): string | undefined {
    return this.#text[this.#at];
  }

  /** Takes what the pattern finds here, perhaps nothing, and the white space behind it. */
  match(pattern: RegExp): string {
    const found = this.#run(pattern, this.#at);
    this.#at += found.length;
    this.#at += this.#run(SPACE, this.#at).length;
    return found;
  }

  /** Takes this one character, if it is here. */
  skip(character: string): boolean {
    if (this.peek() !== character) return false;
    this.#at += 1;
    this.match(SPACE);
    return true;
  }

  expect(character: string): void {
    if (!this.skip(character)) throw this.error(character);
  }

  string(): string {
    if (this.peek() !== '"') throw this.error('a string');
    let end = this.#at + 1;
    end += this.#run(PLAIN, end).length;
    while (this.#text[end] === '\\') {
      end += 2;
      end += this.#run(PLAIN, end).length;
    }
    let decoded: string;
    try {
      decoded = JSON.parse(this.#text.slice(this.#at, end + 1)) as string;
    } catch {
      throw this.error('a whole string, without control characters or unknown escapes,');
    }
    this.#at = end + 1;
    this.match(SPACE);
    return decoded;
  }

  error(expected: string): JsonError {
    const found = this.done() ? 'the body ends' : `${JSON.stringify(this.peek())} at character ${this.#at}`;
    return new JsonError(`${found} where ${expected} was expected`);
  }

  #run(pattern: RegExp, at: number): string {
    pattern.lastIndex = at;
    return pattern.exec(this.#text)?.[0] ?? '';
  }
}
