import { run } from '@metalcast/exec';
import { canonicalHost, Fault, isIpAddress } from '@metalcast/domain';

const lookUpMs = 5000;

/** `unknown`: a name server that answers says that there is no such name. `silent`: nobody could say. */
export type Resolved = readonly string[] | 'unknown' | 'silent';

/**
 * The addresses that a host name stands for on this host, the one to be used first. By processes of their own, that
 * end: a resolver that hangs would hold a thread of this one. Fault POWER_NO_TOOL.
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

/** Of a lookup, prints the code alone; getent has the same one for all failures. It takes much longer, so it is second. */
const printCode = `require('node:dns').lookup(process.argv[1], (e) => process.stdout.write(e?.code ?? ''))`;

async function reasonForNone(name: string, signal?: AbortSignal): Promise<'unknown' | 'silent'> {
  const { stdout } = await lookUp(process.execPath, ['-e', printCode, name], signal);
  // Of getaddrinfo's codes the one for a name server that is away or fails is EAI_AGAIN.
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
