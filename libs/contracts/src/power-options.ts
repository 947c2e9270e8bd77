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
      'RMCP+ cipher suite, 3 or 17 as a rule; absent: the best that the BMC lists, asked for until one has worked',
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
    .describe('Ask for a UEFI boot; absent: if the node’s ramdisk last came up on UEFI firmware'),
});
export type IpmiOptions = z.output<typeof ipmiOptions>;

/** `nodes.pm_options` of driver `fake`: it has none. */
export const fakeOptions = z.strictObject({});

const bytesOf = (text: string): number => Buffer.byteLength(text);

/** Of tabs and line ends ipmitool's password file keeps what is before; no BMC takes the others. */
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

/** Whether the driver is to be given an IP address in place of a name. */
export const connectsToIp = (driver: string): boolean =>
  isPowerDriver(driver) && powerDriverTable[driver].connectsTo === 'ip address';

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

/** Everything that keeps the driver from using the password, as `powerEnrolmentProblems`; none of it quotes it. */
export function powerPasswordProblems(driver: string, password: string): string[] {
  return isPowerDriver(driver)
    ? problemsOf('power password', powerDriverTable[driver].password, password)
    : [];
}

/** So much is told: of nothing but mistakes there must not be told more than there was. */
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

/** The BMC that the enrolment means; undefined when the enrolment is of no use. */
export function bmcEndpoint(enrolment: PowerEnrolment): BmcEndpoint | undefined {
  const { driver, address } = enrolment;
  if (!isPowerDriver(driver) || address === null || powerEnrolmentProblems(enrolment).length > 0) {
    return undefined;
  }
  return powerDriverTable[driver].endpoint(address, enrolment.options);
}

/** Names the BMC that the enrolment means; empty when the enrolment is of no use. */
export function bmcName(enrolment: PowerEnrolment): string {
  const endpoint = bmcEndpoint(enrolment);
  return endpoint === undefined ? '' : bmcKey(endpoint);
}
