import { isServiceName, serviceNames, type ServiceName } from '@metalcast/domain';
import { usageFailure } from '../failure.js';

/** The services that the command line names, else all. */
export function servicesOf(names: readonly string[]): readonly ServiceName[] {
  const unknown = names.find((name) => !isServiceName(name));
  if (unknown !== undefined) {
    throw usageFailure(`Unknown service ${unknown}.`, `Services: ${serviceNames.join(', ')}.`);
  }
  return names.length === 0 ? serviceNames : names.filter(isServiceName);
}
