import { parseArgs } from 'node:util';

export interface Arguments {
  readonly help: boolean;
  readonly config: string | undefined;
}

/** `--config FILE` and `--help`; anything else is refused with a sentence. */
export function parseArguments(argv: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...argv],
    options: { help: { type: 'boolean', default: false }, config: { type: 'string' } },
  });
  return { help: values.help, config: values.config };
}
