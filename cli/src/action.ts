import type { Command } from 'commander';
import { print, type Reporter, type Result } from './result.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** One command line, understood. */
export interface Call {
  readonly args: readonly string[];
  /** As commander names them. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly env: Environment;
}

export type Run = (call: Call) => Promise<Result>;

/** Gives a command its action: load what it does, do it, print the result. */
export type Acts = (command: Command, load: () => Promise<Run>) => void;

export const actions =
  (env: Environment, report: Reporter): Acts =>
  (command, load) => {
    command.action(async () => {
      const options = command.optsWithGlobals<Call['options']>();
      const run = await load();
      const result = await run({ args: command.args, options, env });
      print(result, options['json'] === true);
      report(result.exitCode ?? 0);
    });
  };
