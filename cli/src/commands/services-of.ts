import { isServiceName, serviceNames, type ServiceName } from '@metalcast/domain';
import { usageFailure } from '../failure.js';

/** The services that a command line names; all when it names none. */
export function servicesOf(names: readonly string[]): readonly ServiceName[] {
  const unknown = names.find((name) => !isServiceName(name));
  if (unknown !== undefined) {
    throw usageFailure(`There is no service ${unknown}.`, `Services: ${serviceNames.join(', ')}.`);
  }
  return names.length === 0 ? serviceNames : names.filter(isServiceName);
}
