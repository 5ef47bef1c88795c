// Everything that goes wrong here, each at its row of the table in docs/delivery.md.
import type { Way } from './table.js';

/** What a peer does to a connection, a request or a datagram. */
export interface Deed {
  /** When it acts. `restart` closes everything at a random moment, `idle` closes connections that wait. */
  readonly when: 'accept' | 'hello' | 'first byte' | 'within' | 'body' | 'idle' | 'restart' | 'away' | 'drop';
  /** What it does then; `reply` goes on as a good server would. */
  readonly does: 'fin' | 'rst' | 'silence' | 'garbage' | 'half' | 'certificate' | 'certificate 1.2' | 'reply';
  /** Milliseconds until it does. */
  readonly delay?: number;
  /** Of HTTP, `body`: what is written before; and whether the server behind took the body. */
  readonly reply?: string;
  readonly takes?: boolean;
}

/**
 * What the look-up of a name gives: an error's code, no answer from the name server or the system, or an address at which
 * nobody answers.
 */
export type LookUp =
  | 'ENOTFOUND'
  | 'EAI_AGAIN'
  | 'EMFILE'
  | 'hangs'
  | 'system hangs'
  | 'refused'
  | 'unanswered';

export interface Fault {
  readonly name: string;
  /** Its row in the table. */
  readonly row: string;
  readonly ways: readonly Way[];
  /** Only where the connection is encrypted. */
  readonly tls?: boolean;
  readonly lookUp?: LookUp;
  readonly deed?: Deed;
  /** For how many sends it lasts, at most; 1 unless given. */
  readonly lasts?: number;
  /** Whether it lasts until the pass gives up, so that running out of time excuses nothing. */
  readonly hangs?: boolean;
}

/** Rows that are no fault's. */
export const nothing = 'none: nothing goes wrong';
export const severalAddresses = 'connect: the first of several addresses refuses';
export const idleTotals = 'idle: the server closes connections that wait, before totals';
export const outOfTime = 'any: the pass runs out of time';
export const restarted = 'any: the receiver is killed, or restarts';

const http: readonly Way[] = ['node:http', 'fetch'];
const streams: readonly Way[] = [...http, 'TCP'];
const all: readonly Way[] = [...streams, 'UDP'];

/** Replies are longer than their head, so that each can break off. */
const reply = (status: number, body = '{"stats":1}', more = ''): string =>
  `HTTP/1.1 ${status} Said\r\n${more}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

const reset =
  'upstream connect error or disconnect/reset before headers. reset reason: connection termination';

function lookUps(row: string, ways: readonly Way[], ...found: readonly LookUp[]): Fault[] {
  return found.map((lookUp) => ({
    name: `look-up: ${lookUp}`,
    row,
    ways,
    lookUp,
    hangs: lookUp.endsWith('hangs') || lookUp === 'unanswered',
  }));
}

function closing(
  row: string,
  ways: readonly Way[],
  when: Deed['when'],
  ...deeds: readonly Deed['does'][]
): Fault[] {
  return deeds.map((does) => ({ name: `${when}: ${does}`, row, ways, deed: { when, does } }));
}

function handshake(row: string, ...deeds: readonly Deed['does'][]): Fault[] {
  return closing(row, http, 'hello', ...deeds).map((fault) => ({
    ...fault,
    tls: true,
    hangs: fault.deed?.does === 'silence',
  }));
}

/** A reply that a server gives which has taken the body, or has not, or either. */
function replies(row: string, name: string, takes: readonly boolean[], more: Partial<Deed>): Fault[] {
  return takes.map((taken) => ({
    name: `reply: ${name}${taken ? ', taken' : ''}`,
    row,
    ways: http,
    deed: { when: 'body', does: 'reply', takes: taken, ...more },
  }));
}

const either = [true, false];
const status = (
  row: string,
  code: number,
  takes: readonly boolean[] = [false],
  body?: string,
  more?: string,
): Fault[] =>
  replies(row, `${code}${body === reset ? ' (upstream reset)' : ''}`, takes, {
    reply: reply(code, body, more),
  });

export const goodReply = reply(200);

export const faults: readonly Fault[] = [
  ...lookUps('name: the look-up fails', all, 'ENOTFOUND', 'EAI_AGAIN'),
  ...lookUps('name: the look-up does not end', all, 'hangs', 'system hangs'),
  ...lookUps('connect: there is no file descriptor', all, 'EMFILE'),
  ...lookUps('connect: refused', streams, 'refused'),
  ...lookUps('connect: unanswered', streams, 'unanswered'),
  {
    name: 'daemon away',
    row: 'connect: refused',
    ways: ['UDP'],
    deed: { when: 'away', does: 'silence' },
    lasts: 6,
  },
  ...handshake(
    'TLS: the server closes, resets, is silent or writes garbage',
    'fin',
    'rst',
    'silence',
    'garbage',
    'half',
  ),
  ...handshake('TLS: the server demands a certificate', 'certificate', 'certificate 1.2'),
  ...closing('body: the receiver closes or resets before it reads', streams, 'accept', 'fin', 'rst'),
  {
    name: 'accept: proxy without server',
    row: 'body: the receiver closes or resets before it reads',
    ways: streams,
    deed: { when: 'accept', does: 'fin', delay: 2 },
  },
  ...closing(
    'body: the receiver closes or resets at its first byte, or within',
    http,
    'first byte',
    'fin',
    'rst',
  ),
  ...closing(
    'body: the receiver closes or resets at its first byte, or within',
    streams,
    'within',
    'fin',
    'rst',
  ),
  ...closing('body: the receiver never reads it', streams, 'accept', 'silence'),
  ...closing('body: the receiver reads all, then resets or is silent', ['TCP'], 'body', 'rst', 'silence'),
  {
    name: 'datagram lost',
    row: 'body: a datagram is lost',
    ways: ['UDP'],
    deed: { when: 'drop', does: 'silence' },
  },
  ...replies('reply: none, half or garbage', 'silence', either, { does: 'silence' }),
  ...replies('reply: none, half or garbage', 'FIN', either, { does: 'fin' }),
  ...replies('reply: none, half or garbage', 'RST', either, { does: 'rst' }),
  ...replies('reply: none, half or garbage', 'half a head', either, {
    reply: goodReply.slice(0, 30),
    does: 'fin',
  }),
  ...replies('reply: none, half or garbage', 'half a head, RST', either, {
    reply: goodReply.slice(0, 30),
    does: 'rst',
  }),
  ...replies('reply: none, half or garbage', 'garbage', either, {
    reply: '\u0000 no HTTP at all\r\n\r\n',
    does: 'fin',
  }),
  ...replies('reply: none, half or garbage', 'too late', either, { reply: goodReply, delay: 400 }),
  ...replies('reply: 2xx', 'slow 200', [true], { reply: goodReply, delay: 20 }),
  ...replies('reply: 2xx', 'body breaks off', [true], { reply: goodReply.slice(0, -5), does: 'fin' }),
  ...replies('reply: 2xx', '200, then RST', [true], { reply: goodReply, does: 'rst' }),
  ...replies('reply: 2xx', '204', [true], { reply: 'HTTP/1.1 204 None\r\n\r\n' }),
  ...[400, 403, 413].flatMap((code) => status('reply: 400, 403, 413 and most other 4xx', code)),
  ...[302, 404, 408, 500, 503].flatMap((code) => status('reply: 3xx, 404, 408, 429, 500, 503', code)),
  ...status('reply: 3xx, 404, 408, 429, 500, 503', 429, [false], '{}', 'retry-after: 0\r\n'),
  ...[502, 504].flatMap((code) => status('reply: 502, 504, 503 that names an upstream reset', code, either)),
  ...status('reply: 502, 504, 503 that names an upstream reset', 503, either, reset),
  ...status('reply: 502, 504, 503 that names an upstream reset', 502).map((fault) => ({
    ...fault,
    name: 'reply: 502, upstream down',
    lasts: 12,
  })),
  ...closing('idle: the server closes connections that wait, before differences', http, 'idle', 'fin', 'rst'),
  { name: 'restart', row: restarted, ways: all, deed: { when: 'restart', does: 'rst' } },
];
