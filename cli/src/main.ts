import { CommanderError } from 'commander';
import type { Environment } from './action.js';
import { explain } from './failure.js';
import { programFor } from './program.js';

/** Runs one command line. Resolves with the exit code: 0 done, 1 refused or failed, 2 wrong command line. */
export async function main(args: readonly string[], env: Environment): Promise<number> {
  let exitCode = 0;
  const program = programFor(env, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? 0 : 2;
    }
    const failure = explain(error);
    process.stderr.write(args.includes('--json') ? failure.json : failure.text);
    return failure.exitCode;
  }
}
