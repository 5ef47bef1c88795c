/** What this machine is called; `unknown` where the runtime does not tell. */
export function hostName(): string {
  const { process } = globalThis as {
    readonly process?: {
      readonly env?: Readonly<Record<string, string | undefined>>;
      getBuiltinModule?(name: string): { hostname(): string } | undefined;
    };
  };
  try {
    // Without an import, which would keep other runtimes from loading the backend.
    return process?.getBuiltinModule?.('os')?.hostname() || process?.env?.['HOSTNAME'] || 'unknown';
  } catch {
    // Deno asks the user, who may say no.
    return 'unknown';
  }
}
