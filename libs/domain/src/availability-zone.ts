/** The zone of a node that names none (Nova's default_availability_zone). */
export const defaultZone = 'nova';
