import { canonicalHost, formatHttpAddress, hostAndPort, parseHttpAddress } from '@metalcast/domain';
import { z } from 'zod';

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

/** In its one spelling. */
const hostAddress = canonicalText((text) => {
  const host = canonicalHost(text);
  return 'problem' in host ? host.problem : { host: host.value, path: '', text: host.value };
});

/** In its one spelling. */
const httpAddress = canonicalText((text) => {
  const url = parseHttpAddress(text);
  return 'problem' in url ? url.problem : { ...url, text: formatHttpAddress(url) };
});

interface Address {
  /** In its one spelling, as it is stored. */
  readonly text: string;
  readonly host: string;
  /** Absent: an option of the driver says it. */
  readonly port?: number;
  readonly path: string;
}

function canonicalText(parse: (text: string) => Address | string): z.ZodType<Address, string> {
  return z.string().transform((text, context) => {
    const parsed = parse(text);
    if (typeof parsed === 'string') {
      context.addIssue({ code: 'custom', message: parsed });
      return z.NEVER;
    }
    return parsed;
  });
}

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

interface PowerDriverEntry {
  readonly about: string;
  /** What `pm_address` must look like. */
  readonly address: z.ZodType<Address, string>;
  readonly user: z.ZodType<string>;
  readonly password: z.ZodType<string>;
  readonly needs: readonly ('user' | 'password')[];
  readonly options: z.ZodType;
}

/** The drivers that `nodes.power_driver` may name, and what each needs of an enrolment. */
export const powerDriverTable = {
  ipmi: {
    about: 'IPMI 2.0 over LAN (RMCP+), by ipmitool',
    address: hostAddress,
    user: ipmiUser,
    password: ipmiPassword,
    needs: ['user', 'password'],
    options: ipmiOptions,
  },
  fake: {
    about: 'A simulated BMC that speaks HTTP (docs/fake-bmc.md)',
    address: httpAddress,
    user: z.string(),
    password: z.string(),
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
  const { address, needs, options, user }: PowerDriverEntry = powerDriverTable[driver];
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

/** What controls a machine, whichever driver speaks to it. */
export interface BmcEndpoint {
  /** The address as it is stored: in its one spelling. */
  readonly address: string;
  /** Canonical: an IP address, or a name that is still to be resolved. */
  readonly host: string;
  readonly port: number;
  /** Of a BMC that shares its port with others. */
  readonly path: string;
}

/** The BMC that the enrolment means; undefined when the enrolment is of no use. */
export function bmcEndpoint(enrolment: PowerEnrolment): BmcEndpoint | undefined {
  const { driver, address } = enrolment;
  if (!isPowerDriver(driver) || address === null || powerEnrolmentProblems(enrolment).length > 0) {
    return undefined;
  }
  const { address: schema }: PowerDriverEntry = powerDriverTable[driver];
  const { text, host, port, path } = schema.parse(address);
  return {
    address: text,
    host,
    port: port ?? ipmiOptions.parse(enrolment.options).port,
    path,
  };
}

/** Names the BMC, so that two rows that mean the same one get the same name; `at`: its host by another name. */
export const bmcKey = ({ host, port, path }: BmcEndpoint, at = host): string =>
  `${hostAndPort(at, port)}${path}`;

/** Names the BMC that the enrolment means; empty when the enrolment is of no use. */
export function bmcName(enrolment: PowerEnrolment): string {
  const endpoint = bmcEndpoint(enrolment);
  return endpoint === undefined ? '' : bmcKey(endpoint);
}
