// What a scrape reads.

/** The whole document, in one piece. */
export async function text<Options>(
  scrape: { render(options?: Options): AsyncIterable<string> },
  options?: Options,
): Promise<string> {
  let all = '';
  for await (const chunk of scrape.render(options)) all += chunk;
  return all;
}

/** Only the lines of samples. */
export async function samples<Options>(
  scrape: { render(options?: Options): AsyncIterable<string> },
  options?: Options,
): Promise<string[]> {
  return (await text(scrape, options)).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}
