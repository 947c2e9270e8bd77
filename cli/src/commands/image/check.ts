import { edgesOfFile, formatOf, inspectImage, type InspectedImage } from '@metalcast/disk-image';
import { Fault } from '@metalcast/domain';
import type { Run } from '../../action.js';
import { CommandFailure, usageFailure } from '../../failure.js';
import { properties } from '../../output/table.js';
import type { Result } from '../../result.js';
import { notesOn } from './notes.js';

type Format = 'raw' | 'qcow2';
type Facts = NonNullable<InspectedImage['facts']>;

/** `metalcast image check`: what the image API would say to the file. Exit code 1: it would refuse it. */
export const imageCheck: Run = async ({ args: [file = ''], options }) => {
  const edges = await edgesOfFile(file).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailure(`${file} cannot be read: ${reason}`, { cause });
  });
  const format = formatFrom(options['format'] as string | undefined) ?? formatOf(edges);
  const about = { file, format, size: edges.size };
  try {
    return accepted(about, await inspectImage({ path: file, format, edges }));
  } catch (error) {
    if (error instanceof Fault && error.code === 'BAD_REQUEST') {
      const text = `${file}: ${error.message}`;
      return { text, data: { ...about, accepted: false, refused: error.message }, exitCode: 1 };
    }
    throw error;
  }
};

function formatFrom(option: string | undefined): Format | undefined {
  if (option === undefined || option === 'raw' || option === 'qcow2') {
    return option;
  }
  throw usageFailure(`--format must be raw or qcow2, not ${option}.`);
}

interface About {
  readonly file: string;
  readonly format: Format;
  readonly size: number;
}

function accepted(about: About, { virtualSize, facts }: InspectedImage): Result {
  const notes = facts === null ? [] : notesOn(facts);
  const lines = [
    properties([
      ['file', about.file],
      ['format', about.format],
      ['size', bytes(about.size)],
      ['disk', bytes(virtualSize)],
      ...(facts === null ? [] : factLines(facts)),
    ]),
    ...notes.map((note) => `note: ${note}`),
    `It can be uploaded with --disk-format ${about.format}.`,
  ];
  const data = { ...about, accepted: true, virtual_size: virtualSize, facts, notes };
  return { text: lines.join('\n'), data };
}

const factLines = (facts: Facts): [string, string][] => [
  [
    'table',
    facts.table === 'none'
      ? 'none'
      : `${facts.table.toUpperCase()}, ${facts.free_entries} free entries`,
  ],
  ['copy of the table', facts.backup ?? ''],
  ['partitions', String(facts.partitions)],
  [
    'last partition',
    facts.last_partition === null
      ? ''
      : `${facts.last_partition}, can grow; ends at ${bytes(facts.used_bytes)}`,
  ],
  ['starts by', startsBy(facts)],
];

function startsBy(facts: Facts): string {
  const bios = facts.bios_boot_partition ? 'BIOS (with a boot partition)' : 'BIOS';
  const uefi = facts.efi_system_partition ? 'UEFI' : 'UEFI (FAT partition)';
  return [...(facts.bios_boot_code ? [bios] : []), ...(facts.efi_readable ? [uefi] : [])].join(
    ', ',
  );
}

const mib = 1024 ** 2;
const bytes = (count: number): string =>
  count < mib ? `${count} bytes` : `${Math.ceil(count / mib)} MiB`;
