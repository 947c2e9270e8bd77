/** The zone of a node without a zone (Nova's default_availability_zone). */
export const defaultZone = 'nova';
