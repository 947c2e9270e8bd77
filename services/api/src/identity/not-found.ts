import { Fault } from '@metalcast/domain';

/** NOT_FOUND in Keystone's words. */
export const notFound = (what: string, id: string): Fault =>
  new Fault('NOT_FOUND', { what, id }, { message: `Could not find ${what}: ${id}.` });
