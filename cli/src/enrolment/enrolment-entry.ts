import { CommandFailure } from '../failure.js';

/** A machine as a file names it. */
export interface Entry {
  /** Where it stands: `line 7`. */
  readonly where: string;
  /** In the words of the API's `node`. */
  readonly node: Readonly<Record<string, unknown>>;
}

/** A file's mistake, with the line that it is in. */
export const mistakeIn = (file: string, where: string, what: string): CommandFailure =>
  new CommandFailure(`${file}, ${where}: ${what}`);
