/** The APIs of the one port: the first part of their paths. */
export const apiNames = ['compute', 'identity', 'image', 'network', 'metalcast'] as const;
export type ApiName = (typeof apiNames)[number];

const names: readonly string[] = apiNames;
export const isApiName = (name: string): name is ApiName => names.includes(name);
