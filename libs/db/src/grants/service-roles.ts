import { serviceNames, type ServiceName } from '@metalcast/domain';

/** The role that holds a service's rights. Nobody logs in as it: a service's login roles are members. */
export const groupRole = (service: ServiceName): string =>
  `metalcast_${service.replaceAll('-', '_')}`;

export const groupRoles: readonly string[] = serviceNames.map(groupRole);
