import { Fault, faultMessage } from '@metalcast/domain';

/** Turns NOT_FOUND into BAD_REQUEST: a resource that only the body names is part of the request, not of the URL. */
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
