import { z } from 'zod';

/**
 * Image property by which an image promises a first sign of life of the installed system. A server of such an image
 * becomes active only after that sign.
 */
export const firstSignProperty = 'metalcast_first_sign';
export const firstSign = z.enum(['dhcp', 'phone_home']);
export type FirstSign = z.output<typeof firstSign>;
