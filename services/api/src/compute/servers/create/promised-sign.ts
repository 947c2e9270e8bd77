import { firstSign, firstSignProperty, type ImageSnapshot } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';

/**
 * Fault BAD_REQUEST when the image promises a first sign of life that its servers cannot give: they would never become
 * active.
 */
export function rejectImpossibleFirstSign(
  { id, properties }: Pick<ImageSnapshot, 'id' | 'properties'>,
  configDrive: boolean,
): void {
  const promised = properties[firstSignProperty];
  if (promised === undefined) {
    return;
  }
  const { data: sign } = firstSign.safeParse(promised);
  if (sign === undefined) {
    const reason = `Image ${id} has ${firstSignProperty} ${JSON.stringify(promised)}; it must be one of ${firstSign.options.join(', ')}.`;
    throw new Fault('BAD_REQUEST', { reason });
  }
  if (sign === 'phone_home' && !configDrive) {
    const reason = `Image ${id} promises to phone home (${firstSignProperty}); where to is in the config drive, so config_drive must not be false.`;
    throw new Fault('BAD_REQUEST', { reason });
  }
}
