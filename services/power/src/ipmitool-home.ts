import { fileURLToPath } from 'node:url';

/**
 * ipmitool reads the list of enterprise numbers at every start: 4.7 MB that Metalcast does not need. A list in its home
 * comes first; with a short one a call takes 39 ms instead of 88. (The path is the same from src and from dist.)
 */
export const ipmitoolHome = fileURLToPath(new URL('../ipmitool-home', import.meta.url));
