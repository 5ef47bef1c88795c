/** A text that cannot be guessed, fit for a path and for a password: 144 random bits in 24 characters. */
export function randomText(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}

/** Base64 of a text's UTF-8 form, as Basic authentication has it (RFC 7617). */
export function utf8Base64(text: string): string {
  let bytes = '';
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return btoa(bytes);
}

/** Whether two texts are the same, in a time that depends on the length of `secret` alone. */
export function equalSecrets(given: string, secret: string): boolean {
  // Compared with itself where there is nothing to compare with, for the same work.
  const other = given === '' ? secret : given;
  let difference = given.length ^ secret.length;
  for (let i = 0; i < secret.length; i++) {
    difference |= other.charCodeAt(i % other.length) ^ secret.charCodeAt(i);
  }
  return difference === 0;
}
