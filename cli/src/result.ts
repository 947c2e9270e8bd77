/** The result of a command, as text for people and data for programs. */
export interface Result {
  readonly text: string;
  /** Printed instead of the text with --json. */
  readonly data: unknown;
  /** Not 0 when the command worked but its answer is negative. */
  readonly exitCode?: number;
}

export type Reporter = (exitCode: number) => void;

/** Prints the result to standard output. */
export function print(result: Result, json: boolean): void {
  const text = json ? JSON.stringify(result.data, undefined, 2) : result.text;
  process.stdout.write(text === '' ? '' : `${text}\n`);
}
