// Backends that answer by a script, and recorders that do not warn.
import { type Backend, Recorder, type SendResult } from 'circmetrics';

/** Longer than any test, in milliseconds. */
export const hour = 3_600_000;
export const delivered: SendResult = { outcome: 'delivered' };
export const failed: SendResult = { outcome: 'failed', code: 'ECONNREFUSED', message: 'nobody listens' };

export function quiet(options: ConstructorParameters<typeof Recorder>[0] = {}): Recorder {
  return new Recorder({ onWarning: () => {}, ...options });
}

/** A backend whose answers come one after the other, the last one ever after. */
export function answering(
  answers: readonly (SendResult | 'hang')[],
  temporality: Backend['temporality'] = 'delta',
) {
  const sent: { at: number; body: string; aborted: () => boolean }[] = [];
  const backend: Backend = {
    name: 'script',
    target: 'nowhere',
    temporality,
    onUnknown: temporality === 'delta' ? 'drop' : 'resend',
    *encode(snapshot) {
      for (const sample of snapshot)
        yield { body: `${sample.name}=${String(sample.value)}`, parts: [sample] };
    },
    send({ body }, signal) {
      const answer = answers[Math.min(sent.length, answers.length - 1)] ?? delivered;
      sent.push({ at: Date.now(), body: String(body), aborted: () => signal.aborted });
      return answer === 'hang' ? new Promise(() => {}) : Promise.resolve(answer);
    },
  };
  return { backend, sent };
}
