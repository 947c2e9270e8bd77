import { CommandFailure } from '../failure.js';

/** A machine of an enrolment file. */
export interface Entry {
  /** Its place in the file: `line 7`. */
  readonly where: string;
  /** Fields of the API's `node`. */
  readonly node: Readonly<Record<string, unknown>>;
}

/** An error in a file, with its line. */
export const mistakeIn = (file: string, where: string, what: string): CommandFailure =>
  new CommandFailure(`${file}, ${where}: ${what}`);
