import { run } from '@metalcast/exec';
import { canonicalHost, Fault, isIpAddress } from '@metalcast/domain';

const lookUpMs = 5000;

/** `unknown`: a name server says that the name does not exist. `silent`: no name server could answer. */
export type Resolved = readonly string[] | 'unknown' | 'silent';

/**
 * The addresses of a host name on this host, the preferred one first. Uses short-lived processes, because a resolver
 * that hangs would block a thread of this process. Fault POWER_NO_TOOL.
 */
export async function resolveHost(name: string, signal?: AbortSignal): Promise<Resolved> {
  const addresses = await found(name, signal);
  return addresses.length > 0 ? addresses : reasonForNone(name, signal);
}

async function found(name: string, signal?: AbortSignal): Promise<string[]> {
  const { stdout } = await lookUp('getent', ['ahosts', name], signal);
  const addresses = stdout.split('\n').flatMap((line) => {
    const host = canonicalHost(line.split(/\s/)[0] ?? '');
    return 'value' in host && isIpAddress(host.value) ? [host.value] : [];
  });
  return [...new Set(addresses)];
}

/**
 * Prints only the error code of a lookup; getent has one exit code for all failures. This program takes much longer, so
 * it runs second.
 */
const printCode = `require('node:dns').lookup(process.argv[1], (e) => process.stdout.write(e?.code ?? ''))`;

async function reasonForNone(name: string, signal?: AbortSignal): Promise<'unknown' | 'silent'> {
  const { stdout } = await lookUp(process.execPath, ['-e', printCode, name], signal);
  // A name server that does not answer or fails gives EAI_AGAIN.
  return stdout === 'ENOTFOUND' ? 'unknown' : 'silent';
}

async function lookUp(
  tool: string,
  args: readonly string[],
  signal?: AbortSignal,
): ReturnType<typeof run> {
  const result = await run(tool, args, {
    timeoutMs: lookUpMs,
    ...(signal === undefined ? {} : { signal }),
  });
  signal?.throwIfAborted();
  if (result.spawnError !== undefined) {
    throw new Fault('POWER_NO_TOOL', { tool, reason: result.spawnError });
  }
  return result;
}
