import { parseArgs } from 'node:util';

export interface Arguments {
  readonly help: boolean;
  readonly config: string | undefined;
}

/** Parses `--config FILE` and `--help`; any other argument is refused with a message. */
export function parseArguments(argv: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...argv],
    options: { help: { type: 'boolean', default: false }, config: { type: 'string' } },
  });
  return { help: values.help, config: values.config };
}
