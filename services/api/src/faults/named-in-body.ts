import { Fault, faultMessage } from '@metalcast/domain';

/** What a request's body names and is not there is a mistake in the request: Fault NOT_FOUND becomes BAD_REQUEST. */
export async function namedInBody<T>(found: Promise<T>): Promise<T> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof Fault && error.code === 'NOT_FOUND') {
      const reason = faultMessage(error.code, error.details);
      throw new Fault('BAD_REQUEST', { reason }, { cause: error });
    }
    throw error;
  }
}
