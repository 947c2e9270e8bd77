/** What a command found out: for people and for programs. */
export interface Result {
  readonly text: string;
  /** Printed instead with --json. */
  readonly data: unknown;
  /** When the answer itself is a no. */
  readonly exitCode?: number;
}

export type Reporter = (exitCode: number) => void;

/** Prints the result to standard output. */
export function print(result: Result, json: boolean): void {
  const text = json ? JSON.stringify(result.data, undefined, 2) : result.text;
  process.stdout.write(text === '' ? '' : `${text}\n`);
}
