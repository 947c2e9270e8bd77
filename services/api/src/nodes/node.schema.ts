import { canonicalMac } from '@metalcast/domain';
import { z } from 'zod';
import { maxInteger } from '../http/requests/nova-values.js';

export const mac = z
  .string()
  .max(64)
  .transform((text, context) => {
    const canonical = canonicalMac(text);
    if (canonical === undefined) {
      context.addIssue({ code: 'custom', message: `'${text}' is not a MAC address` });
      return z.NEVER;
    }
    return canonical;
  });

export const size = z.int().min(1).max(maxInteger);

/** A colon would read as zone:host:node in a request for a server. */
export const zoneName = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .regex(/^[^:]*$/, 'must have no colon');
