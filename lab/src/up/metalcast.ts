import { join } from 'node:path';
import { run } from '@metalcast/exec';
import { checkout } from '../lab-paths.js';
import type { LabContext } from './lab-context.js';

const commandTimeoutMs = 120_000;

/** Runs the metalcast command line of the lab's checkout. Throws with its output when it fails. */
export async function metalcast(
  context: Pick<LabContext, 'checkout'>,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<void> {
  const command = join(context.checkout ?? checkout, 'cli', 'bin', 'metalcast.mjs');
  const { exitCode, stdout, stderr } = await run(process.execPath, [command, ...args], {
    timeoutMs: commandTimeoutMs,
    env,
  });
  if (exitCode !== 0) {
    throw new Error(`metalcast ${args.slice(0, 3).join(' ')} failed:\n${stdout}${stderr}`);
  }
}
