import { z } from 'zod';

/** `nodes.pm_options` of driver `ipmi`. */
export const ipmiOptions = z.strictObject({
  port: z.int().min(1).max(65_535).default(623).describe('UDP port of the BMC'),
  cipher_suite: z
    .int()
    .min(1)
    .max(17)
    .optional()
    .describe('RMCP+ cipher suite, 3 or 17 as a rule; absent: the best that the BMC lists'),
  privilege: z
    .enum(['ADMINISTRATOR', 'OPERATOR'])
    .default('ADMINISTRATOR')
    .describe('Privilege level that the session asks for'),
  boot_persistent: z
    .boolean()
    .default(false)
    .describe('Set the boot device for all boots to come, not only for the next one'),
  boot_efi: z
    .boolean()
    .optional()
    .describe('Ask for a UEFI boot; absent: if the node’s ramdisk last came up on UEFI firmware'),
});
export type IpmiOptions = z.output<typeof ipmiOptions>;

/** `nodes.pm_options` of driver `fake`: it has none. */
export const fakeOptions = z.strictObject({});

const hostName = z.string().regex(/^[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?$/i);
const hostAddress = z.union([z.ipv4(), z.ipv6(), hostName], {
  error: 'must be an IP address or a host name',
});

const httpAddress = z.url({ protocol: /^https?$/, error: 'must be an http URL' });

interface PowerDriverEntry {
  readonly about: string;
  /** What `pm_address` must look like. */
  readonly address: z.ZodType<string>;
  readonly needs: readonly ('user' | 'password')[];
  readonly options: z.ZodType;
}

/** The drivers that `nodes.power_driver` may name, and what each needs of an enrolment. */
export const powerDriverTable = {
  ipmi: {
    about: 'IPMI 2.0 over LAN (RMCP+), by ipmitool',
    address: hostAddress,
    needs: ['user', 'password'],
    options: ipmiOptions,
  },
  fake: {
    about: 'A simulated BMC that speaks HTTP (docs/fake-bmc.md)',
    address: httpAddress,
    needs: [],
    options: fakeOptions,
  },
} as const satisfies Record<string, PowerDriverEntry>;

export type PowerDriverName = keyof typeof powerDriverTable;
export const powerDriverNames = Object.keys(powerDriverTable) as PowerDriverName[];

export const isPowerDriver = (name: string): name is PowerDriverName =>
  Object.hasOwn(powerDriverTable, name);

/** What a node's enrolment says of its BMC; never the password itself. */
export interface PowerEnrolment {
  readonly driver: string;
  readonly address: string | null;
  readonly user: string | null;
  readonly hasPassword: boolean;
  readonly options: unknown;
}

/** Everything that keeps the enrolment from being used, each as a clause for a message; empty when nothing does. */
export function powerEnrolmentProblems(enrolment: PowerEnrolment): string[] {
  const { driver } = enrolment;
  if (!isPowerDriver(driver)) {
    return [`power driver ${driver} is not known, these are: ${powerDriverNames.join(', ')}`];
  }
  const { address, needs, options }: PowerDriverEntry = powerDriverTable[driver];
  const lacks = {
    user: enrolment.user === null,
    password: !enrolment.hasPassword,
  };
  return [
    ...(enrolment.address === null
      ? [`power driver ${driver} needs an address`]
      : problemsOf('power address', address, enrolment.address)),
    ...needs.filter((need) => lacks[need]).map((need) => `power driver ${driver} needs a ${need}`),
    ...problemsOf('power options', options, enrolment.options),
  ];
}

function problemsOf(what: string, schema: z.ZodType, value: unknown): string[] {
  const parsed = schema.safeParse(value);
  return (parsed.error?.issues ?? []).map(({ path, message }) =>
    [what, ...path.map(String)].join('.').concat(`: ${message}`),
  );
}

/**
 * Names the BMC that the enrolment means, so that two rows that mean the same one get the same name;
 * empty when the enrolment is of no use.
 */
export function bmcName(enrolment: PowerEnrolment): string {
  if (powerEnrolmentProblems(enrolment).length > 0 || enrolment.address === null) {
    return '';
  }
  if (enrolment.driver === 'ipmi') {
    return `${enrolment.address.toLowerCase()}:${ipmiOptions.parse(enrolment.options).port}`;
  }
  return enrolment.address;
}
