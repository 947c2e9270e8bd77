/** A time in OpenStack's form: whole seconds, UTC. */
export const openstackTime = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');

/** With microseconds and without a zone, as Nova's older resources have it. */
export const openstackMicroTime = (time: Date): string => time.toISOString().replace('Z', '000');
