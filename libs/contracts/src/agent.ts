import { z } from 'zod';
import { int4, int4Text, numeral } from './integers.js';

/** Characters that a database cannot store (NUL) or that control a terminal. Line ends and tabs stay. */
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const text = () => z.string().overwrite((said) => said.replace(controls, ''));

/**
 * A SCSI disk's identity has up to 252 bytes; that of an NVMe disk without an identifier is its model and serial number
 * in hexadecimal.
 */
const longestIdentity = 512;

/**
 * The deploy ramdisk's protocol, over HTTP, dialled by the node (docs/agent-protocol.md).
 * Answers are JSON, or `key=value` lines for `Accept: text/plain` (a busybox shell has no JSON parser).
 */
const mbrSignature = z.string().regex(/^0x[0-9a-f]{8}$/);

export const agentDisk = z.object({
  /** Kernel name without /dev, e.g. `sda`. */
  name: text().min(1).max(64),
  /** Size in bytes. */
  size: numeral(z.int().positive()),
  serial: text().max(longestIdentity).optional(),
  wwn: text().max(longestIdentity).optional(),
  model: text().max(128).optional(),
  vendor: text().max(128).optional(),
  /** 1 or true: a disk that spins. */
  rotational: z
    .union([z.boolean(), z.int().min(0).max(1)])
    .transform(Boolean)
    .optional(),
  /** PCI address of its controller, e.g. `0000:00:1f.2`. */
  pci: text().max(32).optional(),
  mbr_signature: mbrSignature.optional(),
});

/** A file system, on a whole disk or a partition, whose label makes a system take it for its config drive. */
const configLabel = z.object({
  /** The whole disk's name, also of a removable medium. */
  disk: text().min(1).max(64),
  /** The device with the file system: `sdb1`, or the disk itself. */
  device: text().min(1).max(64),
  label: text().max(64),
});

/** A disk as the BIOS knows it (EDD). */
const biosDrive = z.object({
  /** Its number: 128 is the first. */
  drive: numeral(z.int().min(128).max(255)),
  /** 0 is not told: some BIOSes say all ones for what they do not know. */
  sectors: z.coerce
    .number()
    .transform((told) => (Number.isSafeInteger(told) && told > 0 ? told : 0))
    .optional(),
  pci: text().max(32).optional(),
  mbr_signature: mbrSignature.optional(),
});

export const agentHello = z.object({
  node: z.uuid(),
  epoch: int4Text,
  boot_try: int4Text,
  /** The one-time token of the boot; it belongs to the first nonce that uses it. */
  token: z.string().min(32).max(128),
  /** Random for each boot of the ramdisk; the same hello again gets the same answer. */
  nonce: z.string().regex(/^[0-9a-f]{32,64}$/),
  macs: z.array(text().max(64)).default([]),
  /**
   * 2: empties all disks that it must, reports its progress, and offers its disk only when all of them read as zeros.
   * 1: discards the one disk.
   */
  protocol: numeral(int4.min(1)).default(1),
  disks: z
    .array(agentDisk)
    .refine((disks) => new Set(disks.map(({ name }) => name)).size === disks.length, {
      error: 'two disks have one name',
    })
    .default([]),
  config_labels: z.array(configLabel).max(256).default([]),
  bios_drives: z.array(biosDrive).max(128).default([]),
  cpus: int4Text.optional(),
  cpu_arch: text().max(32).optional(),
  memory_mb: int4Text.optional(),
  firmware: z.enum(['bios', 'uefi']).optional(),
});
export type AgentHello = z.output<typeof agentHello>;

export const agentHelloAnswer = z.object({
  /** Bearer token of all further calls; the same from every helper. */
  session: z.string(),
  method: z.enum(['iscsi']),
  /** Name of the disk to offer. */
  disk: z.string(),
  /** Names of the disks to empty, separated by spaces; includes the offered disk. */
  empties: z.string().default(''),
});

export const agentReady = z.object({
  node: z.uuid(),
  epoch: int4Text,
  attempt: int4Text,
  /** Must be the peer's own address. */
  portal: text().max(64),
  port: numeral(z.int().min(1).max(65_535)).default(3260),
  iqn: text().max(223),
  lun: int4Text.default(1),
  /**
   * Whether all disks that were to be emptied are: zeros were written, or a discard was made and zeros were read back.
   */
  zeroed: numeral(z.int().min(0).max(1)),
});
export type AgentReady = z.output<typeof agentReady>;

/** The query of `next`. */
export const agentNext = z.object({ node: z.uuid(), epoch: int4Text });

/**
 * What the node must do; it depends on the rows alone. `verify`: read the listed extents (`offset:length` in bytes,
 * separated by spaces, multiples of 1 MiB except the last) from the disk, bypassing the page cache, and report the
 * sha256 of their concatenation.
 */
export const agentCommand = z.discriminatedUnion('command', [
  z.object({ command: z.literal('wait') }),
  z.object({
    command: z.literal('target'),
    attempt: z.int(),
    iqn: z.string(),
    chap_user: z.string(),
    chap_secret: z.string(),
    /** Where the disk was written before, as `offset:length …`: to be read back after a discard. */
    probes: z.string().default(''),
  }),
  z.object({ command: z.literal('verify'), attempt: z.int(), extents: z.string() }),
  z.object({ command: z.literal('reboot'), attempt: z.int() }),
  z.object({ command: z.literal('poweroff') }),
  z.object({ command: z.literal('abort'), reason: z.string() }),
]);
export type AgentCommand = z.output<typeof agentCommand>;

export const agentReport = z.object({
  node: z.uuid(),
  epoch: int4Text,
  attempt: int4Text.default(0),
  /** `erasing` while disks are emptied; `leaving` is the last report before the restart. */
  step: z.enum(['target', 'erasing', 'verify', 'leaving', 'error']),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** For `verify`: how much was read; for `erasing`: how much is done, of `total`. */
  bytes: numeral(z.int().nonnegative()).optional(),
  total: numeral(z.int().nonnegative()).optional(),
  /** For an `error` of erasing: which disk, and at which byte. */
  disk: text().max(64).optional(),
  offset: numeral(z.int().nonnegative()).optional(),
  /** For `error`: what failed. */
  error: text().max(2000).optional(),
  /** For `error` the last kernel lines, for `leaving` why the firmware's boot order has no entry for the disk. */
  evidence: text().max(8000).optional(),
});
export type AgentReport = z.output<typeof agentReport>;
