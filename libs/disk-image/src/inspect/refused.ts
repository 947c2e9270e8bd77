import { Fault } from '@metalcast/domain';

export const refused = (why: string): Fault =>
  new Fault('BAD_REQUEST', { reason: `The image was refused: ${why}.` });
