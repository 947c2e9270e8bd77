import { z } from 'zod';
import { bmcKey, type BmcEndpoint } from './bmc-endpoint.js';
import { hostAddress, httpAddress } from './power-address.js';
import { powerDriverEntry, type PowerDriverEntry } from './power-driver-entry.js';

/** `nodes.pm_options` of driver `ipmi`. */
export const ipmiOptions = z.strictObject({
  port: z.int().min(1).max(65_535).default(623).describe('UDP port of the BMC'),
  cipher_suite: z
    .int()
    .min(1)
    .max(17)
    .optional()
    .describe(
      "RMCP+ cipher suite, usually 3 or 17; absent: the best in the BMC's list, negotiated until one has worked",
    ),
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
    .describe('Ask for a UEFI boot; absent: if the node’s ramdisk last booted on UEFI firmware'),
  answer_s: z
    .int()
    .min(1)
    .max(20)
    .optional()
    .describe(
      'Time for an answer of the BMC before the message is sent again, s; absent: `ipmi_answer_s` of the power service',
    ),
  tries: z
    .int()
    .min(1)
    .max(10)
    .optional()
    .describe(
      'How often a message is sent before the BMC counts as silent; absent: `ipmi_tries` of the power service',
    ),
});
export type IpmiOptions = z.output<typeof ipmiOptions>;

/** `nodes.pm_options` of driver `fake`: it has none. */
export const fakeOptions = z.strictObject({});

const bytesOf = (text: string): number => Buffer.byteLength(text);

/** ipmitool's password file ends a password at a tab or line end; no BMC accepts the other control characters. */
const hasControl = (text: string): boolean => /\p{Cc}/u.test(text);

/** IPMI 2.0, 22.28 and 22.30. */
const longestUser = 16;
const longestPassword = 20;

const ipmiUser = z
  .string()
  .refine(
    (user) => bytesOf(user) <= longestUser,
    `must be at most ${longestUser} bytes, as IPMI 2.0 has it`,
  )
  .refine((user) => !hasControl(user), 'must have no tab, line end or other control character');

const ipmiPassword = z
  .string()
  .refine(
    (password) => bytesOf(password) <= longestPassword,
    `must be at most ${longestPassword} bytes, as IPMI 2.0 has it`,
  )
  .refine(
    (password) => !hasControl(password),
    'must have no tab, line end or other control character',
  );

/** The drivers that `nodes.power_driver` may name, and what each needs of an enrolment. */
export const powerDriverTable = {
  ipmi: powerDriverEntry({
    about: 'IPMI 2.0 over LAN (RMCP+), by ipmitool',
    address: hostAddress,
    user: ipmiUser,
    password: ipmiPassword,
    needs: ['user', 'password'],
    connectsTo: 'ip address',
    options: ipmiOptions,
    port: (_, { port }) => port,
  }),
  fake: powerDriverEntry({
    about: 'A simulated BMC that speaks HTTP (docs/fake-bmc.md)',
    address: httpAddress,
    user: z.string(),
    password: z.string(),
    needs: [],
    connectsTo: 'address',
    options: fakeOptions,
    port: ({ port }) => port,
  }),
} as const satisfies Readonly<Record<string, PowerDriverEntry>>;

export type PowerDriverName = keyof typeof powerDriverTable;
export const powerDriverNames = Object.keys(powerDriverTable) as PowerDriverName[];

export const isPowerDriver = (name: string): name is PowerDriverName =>
  Object.hasOwn(powerDriverTable, name);

/** Whether the driver needs an IP address in place of a name. */
export const connectsToIp = (driver: string): boolean =>
  isPowerDriver(driver) && powerDriverTable[driver].connectsTo === 'ip address';

/** The part of a node's enrolment that concerns its BMC; never the password itself. */
export interface PowerEnrolment {
  readonly driver: string;
  readonly address: string | null;
  readonly user: string | null;
  readonly hasPassword: boolean;
  readonly options: unknown;
}

/** All problems that prevent the use of the enrolment, each as a clause for a message; empty when there is none. */
export function powerEnrolmentProblems(enrolment: PowerEnrolment): string[] {
  const { driver } = enrolment;
  if (!isPowerDriver(driver)) {
    return [`power driver ${driver} is not known, these are: ${powerDriverNames.join(', ')}`];
  }
  const { address, needs, options, user } = powerDriverTable[driver];
  const lacks = {
    user: enrolment.user === null,
    password: !enrolment.hasPassword,
  };
  return [
    ...(enrolment.address === null
      ? [`power driver ${driver} needs an address`]
      : problemsOf('power address', address, enrolment.address)),
    ...needs.filter((need) => lacks[need]).map((need) => `power driver ${driver} needs a ${need}`),
    ...(enrolment.user === null ? [] : problemsOf('power user', user, enrolment.user)),
    ...problemsOf('power options', options, enrolment.options),
  ];
}

/**
 * All problems that prevent the driver from using the password, like `powerEnrolmentProblems`; none quotes the
 * password.
 */
export function powerPasswordProblems(driver: string, password: string): string[] {
  return isPowerDriver(driver)
    ? problemsOf('power password', powerDriverTable[driver].password, password)
    : [];
}

/** At most so many mistakes are reported: the answer must not be larger than the request. */
const mostProblems = 10;
const longestProblem = 500;

function problemsOf(what: string, schema: z.ZodType, value: unknown): string[] {
  const issues = schema.safeParse(value).error?.issues ?? [];
  const told = issues
    .slice(0, mostProblems)
    .map(({ path, message }) => [what, ...path.map(String)].join('.').concat(`: ${message}`))
    .map((problem) => problem.slice(0, longestProblem));
  const more = issues.length - told.length;
  return [...told, ...(more > 0 ? [`${what}: and ${more} more`] : [])];
}

/** The BMC that the enrolment names; undefined when the enrolment is unusable. */
export function bmcEndpoint(enrolment: PowerEnrolment): BmcEndpoint | undefined {
  const { driver, address } = enrolment;
  if (!isPowerDriver(driver) || address === null || powerEnrolmentProblems(enrolment).length > 0) {
    return undefined;
  }
  return powerDriverTable[driver].endpoint(address, enrolment.options);
}

/** The name of the enrolment's BMC; empty when the enrolment is unusable. */
export function bmcName(enrolment: PowerEnrolment): string {
  const endpoint = bmcEndpoint(enrolment);
  return endpoint === undefined ? '' : bmcKey(endpoint);
}
