const utf8 = new TextEncoder();
// Without `ignoreBOM` a text that begins with U+FEFF would lose it.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The most bytes that a text takes as UTF-8: three for each of JavaScript's units of 16 bits. */
export function mostBytes(text: string): number {
  return text.length * 3;
}

/** Writes a text as UTF-8 and returns where it ends; there is room for {@link mostBytes}. */
export function encodeText(text: string, bytes: Uint8Array, at: number): number {
  const { length } = text;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    // Calling the encoder takes longer than most texts do here.
    if (code > 0x7f) return at + utf8.encodeInto(text, bytes.subarray(at)).written;
    bytes[at + i] = code;
  }
  return at + length;
}

/** The text that UTF-8 stands for. */
export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Pieces are copied so many bytes at a time, so that up to 7 bytes behind them are read and written as well. */
export const STRIDE = 8;
