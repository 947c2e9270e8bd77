import type { Command } from 'commander';
import { print, type Reporter, type Result } from './result.js';

/** The options of a command line, as commander names them. */
export type Options = Readonly<Record<string, unknown>>;

export type Run = (args: readonly string[], options: Options) => Promise<Result>;

/** Gives `command` its action: load what it does, do it, print the result. */
export function acts(command: Command, report: Reporter, load: () => Promise<Run>): Command {
  return command.action(async () => {
    const options = command.optsWithGlobals<Options>();
    const run = await load();
    const result = await run(command.args, options);
    print(result, options['json'] === true);
    report(result.exitCode ?? 0);
  });
}
