// The broker's limits of names and tags: what is exactly as long is taken, what is longer is dropped alone.
import { Recorder } from 'circmetrics';
import { circonus, circonusPull } from 'circmetrics/circonus';
import { describe, expect, it } from 'vitest';
import { written } from './written.js';

type Tags = Readonly<Record<string, string | string[]>>;

const trap = () => circonus({ url: 'http://127.0.0.1:1/module/httptrap/a/b', maxPayloadBytes: 1_000_000 });
const push = (name: string, tags: Tags = {}, path: readonly string[] = []) => {
  const { bodies, dropped } = written(trap(), (recorder) => {
    let namespace: ReturnType<Recorder['namespace']> = recorder;
    for (const step of path) namespace = namespace.namespace(step);
    namespace.counter(name, { tags }).add();
  });
  return { names: bodies.flatMap((body) => Object.keys(JSON.parse(body))), reason: dropped[name] };
};
const taken = (name: string) => ({ names: [name], reason: undefined });
const refused = (reason: string) => ({ names: [], reason });

describe('a tag', () => {
  it('has 256 bytes with its colon, in its encoded form', () => {
    expect(push('c', { t: 'x'.repeat(254) })).toEqual(taken(`c|ST[t:${'x'.repeat(254)}]`));
    expect(push('c', { t: 'x'.repeat(255) })).toEqual(refused('tag_too_long'));
    // 186 bytes are 248 characters of base64 beside `b""`.
    const encoded = (length: number) => Buffer.from('ü'.repeat(length)).toString('base64');
    expect(push('c', { t234: 'ü'.repeat(93) })).toEqual(taken(`c|ST[t234:b"${encoded(93)}"]`));
    expect(push('c', { t2345: 'ü'.repeat(93) })).toEqual(refused('tag_too_long'));
  });

  it('has a category of 254 bytes', () => {
    expect(push('c', { ['x'.repeat(254)]: 'v' })).toEqual(taken(`c|ST[${'x'.repeat(254)}:v]`));
    expect(push('c', { ['x'.repeat(254)]: '' })).toEqual(taken(`c|ST[${'x'.repeat(254)}:]`));
    expect(push('c', { ['x'.repeat(255)]: '' })).toEqual(refused('tag_too_long'));
  });
});

describe('tags', () => {
  const values = (count: number): string[] => Array.from({ length: count }, (_, i) => `v${1000 + i}`);

  it('are 256 at most', () => {
    const { names, reason } = push('c', { t: values(256) });
    expect([names[0]?.split(',').length, reason]).toEqual([256, undefined]);
    expect(push('c', { t: values(257) })).toEqual(refused('too_many_tags'));
  });

  it('are counted by the commas of the whole name', () => {
    // Three commas in the name and 252 between 253 tags.
    expect(push('a,b,c,d', { t: values(253) }).reason).toBeUndefined();
    expect(push('a,b,c,d', { t: values(254) })).toEqual(refused('too_many_tags'));
    expect(push(','.repeat(255))).toEqual(taken(','.repeat(255)));
    expect(push(','.repeat(256))).toEqual(refused('too_many_tags'));
  });

  it('that would be dropped for their number or length are told by that, before the whole name is', () => {
    const long = Array.from({ length: 300 }, (_, i) => `${i}${'x'.repeat(300)}`);
    expect(push('c', { t: long })).toEqual(refused('too_many_tags'));
    expect(push('x'.repeat(5000), { t: long.slice(0, 1) })).toEqual(refused('tag_too_long'));
  });
});

describe('a name', () => {
  it('has 4,095 bytes with path and tags', () => {
    expect(push('x'.repeat(4095))).toEqual(taken('x'.repeat(4095)));
    expect(push('x'.repeat(4096))).toEqual(refused('name_too_long'));
    const tagged = 'x'.repeat(4095 - 'p`|ST[a:b]'.length);
    expect(push(tagged, { a: 'b' }, ['p'])).toEqual(taken(`p\`${tagged}|ST[a:b]`));
    expect(push(`${tagged}x`, { a: 'b' }, ['p'])).toEqual(refused('name_too_long'));
  });

  it('has backticks between its parts alone', () => {
    expect(push('c', {}, ['a', 'b'])).toEqual(taken('a`b`c'));
    expect(push('c`d', {}, ['`a', 'b``'])).toEqual(taken('_a`b__`c_d'));
  });

  it('has no beginning of tags in it, and is not blank', () => {
    expect(push('a|ST[b:c]')).toEqual(taken('a_ST[b:c]'));
    expect(push('a|MT{b}|ST|S|')).toEqual(taken('a_MT{b}|ST|S|'));
    expect(push('a\n\u{1F600}é\u007F')).toEqual(taken('a____'));
    expect(push('  a b  ')).toEqual(taken('a b'));
    expect(push('   ')).toEqual(taken('_'));
    // The ends of what is printable, and those beside them.
    expect(push(' !~\u007F')).toEqual(taken('!~_'));
    expect(push('\u001F!')).toEqual(taken('_!'));
  });

  it('is the host’s own where it gives one, or none at all', () => {
    const { bodies, dropped } = written(trap(), (recorder) => {
      const namespace = recorder.namespace('p');
      namespace.counter('c', { taggedName: 'own`name|ST[x:y]', tags: { a: 'b', e: 'b"Yg=="' } }).add();
      namespace.counter('d', { taggedName: false }).add();
    });
    // A value that looks encoded is encoded, so that it is read as it is written.
    expect(Object.keys(JSON.parse(bodies.join('')))).toEqual([
      `own_name_ST[x:y]|ST[a:b,e:b"${Buffer.from('b"Yg=="').toString('base64')}"]`,
    ]);
    expect(dropped).toEqual({ d: 'suppressed' });
  });

  it('is no key that the trap keeps for itself', async () => {
    for (const key of ['_type', '_value', '_ts', '_fl', '_tags']) expect(push(key)).toEqual(taken(`${key}_`));
    for (const key of ['duration', 'services']) expect(push(key)).toEqual(taken(key));
    const recorder = new Recorder();
    for (const key of ['_ts', 'duration', 'services', 'other']) recorder.counter(key).add();
    const reply = await circonusPull(recorder, { access: false }).fetch(new Request('http://localhost/'));
    expect(Object.keys(JSON.parse(await reply.text()))).toEqual(['_ts_', 'duration_', 'services_', 'other']);
  });
});
