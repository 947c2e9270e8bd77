import type { CloudError } from '@metalcast/cloud-client';
import { Fault, faults, ownValue } from '@metalcast/domain';

/** An error that the user can correct: printed as a sentence, without a stack. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;
  readonly code: string;
  readonly remedy: string | undefined;

  constructor(
    message: string,
    { exitCode = 1, code = 'FAILED', remedy, cause }: FailureOptions = {},
  ) {
    super(message, { cause });
    this.exitCode = exitCode;
    this.code = code;
    this.remedy = remedy;
  }
}

interface FailureOptions {
  readonly exitCode?: number;
  readonly code?: string;
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** An error in the command line. */
export const usageFailure = (message: string, remedy?: string): CommandFailure =>
  new CommandFailure(message, {
    exitCode: 2,
    code: 'USAGE',
    ...(remedy === undefined ? {} : { remedy }),
  });

export interface Explained {
  readonly text: string;
  readonly json: string;
  readonly exitCode: number;
}

/** The output for an error. Only unexpected errors have a stack. */
export function explain(error: unknown): Explained {
  const { exitCode, message, remedy } = describe(error);
  const hint = remedy === undefined ? '' : `  ${remedy}\n`;
  return {
    text: `metalcast: ${message}\n${hint}`,
    json: `${JSON.stringify(failureBody(error))}\n`,
    exitCode,
  };
}

/** The JSON form of an error, for programs. */
export function failureBody(error: unknown): {
  readonly error: Pick<Description, 'code' | 'message' | 'remedy'>;
} {
  const { code, message, remedy } = describe(error);
  return { error: { code, message, ...(remedy === undefined ? {} : { remedy }) } };
}

/** Compares the name: importing the class would load the client with every command. */
const isCloudError = (error: unknown): error is CloudError =>
  error instanceof Error && error.name === 'CloudError';

/** Remedies by the code of a `CloudError`. */
const cloudRemedies: Readonly<Record<string, string>> = {
  API_UNREACHABLE: 'Check OS_AUTH_URL and whether the api service runs.',
  API_UNTRUSTED:
    'Set NODE_EXTRA_CA_CERTS to the file with the certificate of your CA; OS_CACERT is not read.',
  UNAUTHORIZED: 'Check OS_USERNAME, OS_PASSWORD and OS_PROJECT_NAME.',
  NO_IDENTITY_API: 'Check OS_AUTH_URL.',
};

interface Description {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  readonly remedy?: string | undefined;
}

function describe(error: unknown): Description {
  if (error instanceof CommandFailure) {
    return error;
  }
  if (error instanceof Fault) {
    const { code, message } = error;
    return { exitCode: 1, code, message, remedy: faults[code].remedy };
  }
  if (isCloudError(error)) {
    const { code, message } = error;
    return { exitCode: 1, code, message, remedy: ownValue(cloudRemedies, code) };
  }
  if (error instanceof Error && error.name === 'ConfigError') {
    return { exitCode: 2, code: 'USAGE', message: error.message };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { exitCode: 1, code: 'INTERNAL', message: `unexpected error: ${message}` };
}
