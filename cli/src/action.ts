import type { Command } from 'commander';
import { print, type Reporter, type Result } from './result.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A parsed command line. */
export interface Call {
  readonly args: readonly string[];
  /** Keys are commander's option names. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly env: Environment;
}

export type Run = (call: Call) => Promise<Result>;

/** Sets a command's action: load its module, run it, print the result. Commands load lazily to start fast. */
export type AttachAction = (command: Command, load: () => Promise<Run>) => void;

export const actions =
  (env: Environment, report: Reporter): AttachAction =>
  (command, load) => {
    command.action(async () => {
      const options = command.optsWithGlobals<Call['options']>();
      const run = await load();
      const result = await run({ args: command.args, options, env });
      print(result, options['json'] === true);
      report(result.exitCode ?? 0);
    });
  };
