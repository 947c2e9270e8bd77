/** A time as the OpenStack APIs spell it: whole seconds, UTC. */
export const openstackTime = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');

/** With the microseconds that Nova's older resources show, and no zone. */
export const openstackMicroTime = (time: Date): string => time.toISOString().replace('Z', '000');
