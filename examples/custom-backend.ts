// A backend of one's own: lines of text, appended to a file. Run it: node --import tsx examples/custom-backend.ts
import { appendFile, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backend, LogLinearHistogram, type Part, Recorder, type Sample } from 'circmetrics';

/** One sample as one line, `path.name{category=value} number`; undefined where this format has no words for it. */
function lineOf({ path, name, tags, kind, value }: Sample): string | undefined {
  // Names and tags come from outside; they must not be able to begin a line or a field of their own.
  const legal = (word: string): string => word.replace(/[^\w/-]/g, '_');
  const pairs = tags.map(([category, text]) => `${legal(category)}=${legal(text)}`);
  const id = `${[...path, name].map(legal).join('.')}{${pairs.join(',')}}`;
  if (value === null || kind === 'text') return undefined;
  // Bins add up: whoever reads the file may merge any number of lines.
  if (value instanceof LogLinearHistogram) return `${id} [${value.toStrings().join(',')}]\n`;
  return `${id} ${value}\n`;
}

/**
 * Appends metrics to a file: what was counted since the last delivery, and gauges as they are.
 * @param maxBytes of text in one payload
 */
function file(path: string, maxBytes = 4096): Backend {
  return {
    name: 'file',
    target: path,
    // Differences. What is not delivered is in the next pass again, so nothing has to be kept here.
    temporality: 'delta',
    // A write that broke off may have reached the disk; a line too few is better here than one that counts twice.
    onUnknown: 'drop',

    // Called once a pass. No I/O: that is for send. Every sample ends up in a payload's parts or is dropped.
    *encode(snapshot, drop) {
      let body = '';
      let parts: Part[] = [];
      for (const sample of snapshot) {
        const line = lineOf(sample);
        if (line === undefined || line.length > maxBytes) {
          drop(sample, line === undefined ? 'unsupported' : 'too_large');
          continue;
        }
        // All of it is ASCII, so that characters are bytes.
        if (body.length + line.length > maxBytes && parts.length > 0) {
          yield { body, parts };
          [body, parts] = ['', []];
        }
        body += line;
        parts.push(sample);
      }
      if (parts.length > 0) yield { body, parts };
    },

    // Called once for each payload, one after the other. What it answers decides what becomes of the parts.
    async send({ body }, signal) {
      if (signal.aborted) return { outcome: 'failed', code: 'timeout' };
      try {
        await appendFile(path, body);
        return { outcome: 'delivered' };
      } catch (error) {
        const { code = 'error', message } = error as NodeJS.ErrnoException;
        // No such folder, no permission: nothing was written, and it may be mended. The rest is not so certain.
        const sure = ['ENOENT', 'EACCES', 'EISDIR', 'EROFS'].includes(code);
        return { outcome: sure ? 'failed' : 'unknown', code, message };
      }
    },
  };
}

const folder = await mkdtemp(join(tmpdir(), 'custom-backend-'));
const path = join(folder, 'metrics.txt');

const recorder = new Recorder({ tags: { app: 'shop' }, onWarning: (message) => console.log(`! ${message}`) });
const calls = recorder.counter('calls');
const sizes = recorder.histogram('size', { unit: 'bytes' });
recorder.text('version').set('v1.9.2');

const flusher = recorder.flushTo(file(path), { every: 60_000 });
const pass = async (which: string): Promise<void> => {
  const { complete, dropped } = await flusher.flush();
  console.log(`${which} pass: ${complete ? 'delivered' : 'failed'}, dropped ${JSON.stringify(dropped)}`);
};

calls.add(3);
sizes.record(512);
await pass('first');

// The folder goes away, recording goes on, the folder comes back: the next pass has what the failed one had as well.
await rename(folder, `${folder}-away`);
calls.add(4);
sizes.record(2048, 2);
await pass('second');
await rename(`${folder}-away`, folder);
calls.add(5);
await pass('third');

await recorder.close();
console.log(`\n${await readFile(path, 'utf8')}`);
await rm(folder, { recursive: true });
