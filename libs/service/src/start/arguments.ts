import { parseArgs } from 'node:util';

export interface Arguments {
  readonly help: boolean;
  readonly version: boolean;
  readonly config: string | undefined;
}

/** `--config FILE`, `--help` and `--version`; anything else is refused with a sentence. */
export function parseArguments(argv: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean', default: false },
      version: { type: 'boolean', default: false },
      config: { type: 'string' },
    },
  });
  return { help: values.help, version: values.version, config: values.config };
}
