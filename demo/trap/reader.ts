import { type Token, tokens } from './json.js';

/** One metric's value, or values, as the sender wrote them and before anything is made of them. */
export interface Submission {
  /** Keys from the outside in, joined by backticks: ``a`b|ST[…]``. */
  readonly name: string;
  /** One of `iIlLnshH`; undefined where the sender left the type to be guessed. */
  readonly type: string | undefined;
  /** One, unless the sender gave an array: text of a number or a string, `1` or `0` for a boolean, or null. */
  readonly values: readonly (string | null)[];
  /** Milliseconds since 1970; undefined for "now". */
  readonly at: number | undefined;
  /** `_fl` held a `+`: add to what is stored. */
  readonly accumulate: boolean;
}

/** The body is JSON, but not such as a trap takes. */
export class BodyError extends Error {
  override readonly name = 'BodyError';
}

/**
 * Reads a body from front to back and hands over each submission when it is whole. What stands before a mistake
 * is therefore handed over before the error is thrown, as a streaming broker has stored it by then, too.
 */
export function* submissions(body: string): Generator<Submission> {
  const stream = tokens(body);
  for (let step = stream.next(); step.done !== true; step = stream.next()) {
    if (step.value.kind !== '{' && step.value.kind !== '[') throw new BodyError('a body is made of objects');
    yield* read(step.value, stream, undefined);
  }
}

/** Inside an object or array a token always follows: where the text ends too early, the stream throws. */
const next = (stream: Iterator<Token>): Token => stream.next().value as Token;

const join = (name: string | undefined, key: string | number): string =>
  name === undefined ? `${key}` : `${name}\`${key}`;

/** Keys that describe the object they stand in, and are no part of a name. */
const isReserved = (key: string): boolean =>
  key === '_value' || key === '_type' || key === '_ts' || key === '_fl' || key === '_tags';

/** The submissions of the value that starts with this token and stands under this name. */
function* read(token: Token, stream: Iterator<Token>, name: string | undefined): Generator<Submission> {
  if (token.kind === '[') {
    let index = 0;
    for (let item = next(stream); item.kind !== ']'; item = next(stream)) {
      yield* read(item, stream, join(name, index++));
    }
  } else if (token.kind === '{') {
    const said = new Map<string, (string | null)[]>();
    for (let key = next(stream); key.kind === 'key'; key = next(stream)) {
      // A reserved key that comes again adds to what it said, as if there had been one array.
      if (isReserved(key.text))
        said.set(key.text, [...(said.get(key.text) ?? []), ...scalars(next(stream), stream)]);
      else yield* read(next(stream), stream, join(name, key.text));
    }
    const typed = typedObject(name ?? '', said);
    if (typed !== undefined) yield typed;
  } else {
    // A bare leaf. Null and booleans are 32-bit integers; numbers and strings leave their type to be guessed.
    const type = token.kind === 'null' || token.kind === 'boolean' ? 'i' : undefined;
    yield { name: name ?? '', type, values: [textOf(token)], at: undefined, accumulate: false };
  }
}

/** A typed object counts only when it has a value, and a type or a time. */
function typedObject(name: string, said: ReadonlyMap<string, (string | null)[]>): Submission | undefined {
  const values = said.get('_value');
  const type = said.get('_type')?.at(-1);
  if (said.has('_type') && (type == null || !/^[iIlLnshH]$/.test(type))) {
    throw new BodyError(`${JSON.stringify(type)} is no type; ${name} needs one of i, I, l, L, n, s, h and H`);
  }
  const time = said.get('_ts')?.at(-1);
  if (values === undefined || (type == null && time === undefined)) return undefined;
  return {
    name,
    type: type ?? undefined,
    values,
    at: time == null ? undefined : Number.parseInt(time, 10),
    accumulate: said.get('_fl')?.at(-1)?.includes('+') ?? false,
  };
}

/** What stands under a reserved key: one scalar, or any number of them in arrays. */
function scalars(token: Token, stream: Iterator<Token>): (string | null)[] {
  if (token.kind === '{') throw new BodyError('_value, _type, _ts, _fl and _tags take no object');
  if (token.kind !== '[') return [textOf(token)];
  const items: (string | null)[] = [];
  for (let item = next(stream); item.kind !== ']'; item = next(stream)) items.push(...scalars(item, stream));
  return items;
}

function textOf(token: Token): string | null {
  if (!('text' in token)) return null;
  return token.kind === 'boolean' ? (token.text === 'true' ? '1' : '0') : token.text;
}
