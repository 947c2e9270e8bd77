import type { z } from 'zod';
import type { BmcEndpoint } from './bmc-endpoint.js';
import type { PowerAddress } from './power-address.js';

interface Enrolled {
  readonly about: string;
  readonly user: z.ZodType<string>;
  readonly password: z.ZodType<string>;
  readonly needs: readonly ('user' | 'password')[];
  /** What the driver connects to: an IP address of the BMC's host, or the address as stored. */
  readonly connectsTo: 'ip address' | 'address';
}

interface Definition<A extends PowerAddress, O extends z.ZodType> extends Enrolled {
  /** The form of `pm_address`. */
  readonly address: z.ZodType<A, string>;
  readonly options: O;
  /** The BMC's port, from the address or from an option. */
  readonly port: (address: A, options: z.output<O>) => number;
}

/** What must be known of a driver before it is opened. */
export interface PowerDriverEntry extends Enrolled {
  readonly address: z.ZodType<PowerAddress, string>;
  readonly options: z.ZodType;
  /** The BMC that address and options name; both must match their schemas. */
  readonly endpoint: (address: string, options: unknown) => BmcEndpoint;
}

export const powerDriverEntry = <A extends PowerAddress, O extends z.ZodType>({
  port,
  ...entry
}: Definition<A, O>): PowerDriverEntry => ({
  ...entry,
  endpoint: (text, options) => {
    const address = entry.address.parse(text);
    const { text: stored, host, path } = address;
    return { address: stored, host, port: port(address, entry.options.parse(options)), path };
  },
});
