import {
  canonicalHost,
  formatHttpAddress,
  parseHttpAddress,
  type HttpAddress,
} from '@metalcast/domain';
import { z } from 'zod';

/** The parsed `pm_address`. */
export interface PowerAddress {
  /** In its canonical form, as stored. */
  readonly text: string;
  readonly host: string;
  readonly path: string;
}

/** A host alone; an option of the driver gives the port. */
export const hostAddress = canonicalText<PowerAddress>((text) => {
  const host = canonicalHost(text);
  return 'problem' in host ? host.problem : { host: host.value, path: '', text: host.value };
});

export const httpAddress = canonicalText<PowerAddress & HttpAddress>((text) => {
  const url = parseHttpAddress(text);
  return 'problem' in url ? url.problem : { ...url, text: formatHttpAddress(url) };
});

function canonicalText<A extends PowerAddress>(
  parse: (text: string) => A | string,
): z.ZodType<A, string> {
  return z.string().transform((text, context) => {
    const parsed = parse(text);
    if (typeof parsed === 'string') {
      context.addIssue({ code: 'custom', message: parsed });
      return z.NEVER;
    }
    return parsed;
  });
}
