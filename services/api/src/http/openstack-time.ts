/** A time as the OpenStack APIs spell it: whole seconds, UTC. */
export const openstackTime = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');
