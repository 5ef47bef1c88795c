/** What the server answered. */
export interface HttpReply {
  readonly status: number;
  /** The body, up to 64 KiB of it; empty where there is none or it broke off. */
  readonly text: string;
  /** How long the server asks to be left alone, in milliseconds: 0 to an hour; undefined where it does not ask. */
  readonly retryAfter: number | undefined;
}

/** How much of a body is read, in bytes. */
const longestText = 65_536;
/** The longest wait that a server can ask for, in milliseconds. */
const longestWait = 3_600_000;

/**
 * Reads an answer. The status line is what counts: a body that breaks off, or has no end, does not change it.
 * @param header the value of a header, by its name in lower case
 */
export async function readReply(
  status: number,
  header: (name: string) => string | null | undefined,
  body: AsyncIterable<Uint8Array>,
): Promise<HttpReply> {
  const retryAfter = waitOf(header('retry-after'), header('date'));
  return { status, text: await textOf(body), retryAfter };
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const utf8 = new TextDecoder();
  let text = '';
  let left = longestText;
  try {
    for await (const chunk of body) {
      text += utf8.decode(chunk.subarray(0, left), { stream: true });
      left -= chunk.length;
      if (left <= 0) break;
    }
    return text + utf8.decode();
  } catch {
    return '';
  }
}

/** `Retry-After` (RFC 9110, 10.2.3): seconds, or a date, which is measured from the server's own `Date`. */
function waitOf(after: string | null | undefined, date: string | null | undefined): number | undefined {
  const text = after?.trim() ?? '';
  let wait = Number.NaN;
  if (/^\d+$/.test(text)) wait = Number(text) * 1000;
  // `Date.parse` takes much that is no date for one; these end in their zone.
  else if (text.endsWith(' GMT')) wait = Date.parse(text) - (Date.parse(date ?? '') || Date.now());
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), longestWait);
}
