/** Each has a PostgreSQL role with the rights that its work asks for. */
export const serviceNames = [
  'api',
  'scheduler',
  'compute',
  'power',
  'boot',
  'deploy-helper',
] as const;
export type ServiceName = (typeof serviceNames)[number];

/** The role that holds a service's rights. Nobody logs in as it: a service's login roles are members. */
export const groupRole = (service: ServiceName): string =>
  `metalcast_${service.replaceAll('-', '_')}`;

export const groupRoles: readonly string[] = serviceNames.map(groupRole);

export const isServiceName = (name: string): name is ServiceName =>
  (serviceNames as readonly string[]).includes(name);
