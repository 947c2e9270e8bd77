import { ownValue } from '../objects/own-value.js';
import { numericComparison, textComparison, toNumber } from '../flavors/comparison.js';
import { Fault } from '../faults/fault.js';

/** What the deploy ramdisk reports of a disk. */
export interface DescribedDisk {
  /** Kernel name without /dev. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly serial?: string | undefined;
  readonly wwn?: string | undefined;
  readonly model?: string | undefined;
  readonly vendor?: string | undefined;
  readonly rotational?: boolean | undefined;
}

/** Key → value by Ironic's grammar of root device hints: `{ serial: 'S1', size: '>= 100' }`. All of them must match. */
export type DiskHint = Readonly<Record<string, string | number | boolean>>;

/** `unknown`: the disk does not report a property that the hint names. */
export type HintVerdict = 'yes' | 'no' | 'unknown';

type Test = (disk: DescribedDisk) => HintVerdict;
type Malformed = (reason: string) => Fault;

const gib = 1024 ** 3;
const kinds = {
  name: 'text',
  serial: 'text',
  wwn: 'text',
  model: 'text',
  vendor: 'text',
  size: 'number',
  rotational: 'boolean',
} as const;
type Key = keyof typeof kinds;
type TextKey = { [K in Key]: (typeof kinds)[K] extends 'text' ? K : never }[Key];

export const diskHintKeys = Object.keys(kinds);

const operators = /^(<all-in>|<or>|<in>|s==|s!=|s<=|s>=|s<|s>|==|!=|>=|<=|=)\s*(.*)$/s;

/**
 * Parses a hint. Texts are compared without regard to case, `name` with or without `/dev/`, `wwn` with or without `0x`
 * and `naa.`; `size` is whole GiB, rounded down. Without an operator the values must be equal. Fault
 * DISK_HINT_MALFORMED.
 */
export function parseDiskHint(hint: DiskHint): Test {
  const entries = Object.entries(hint);
  if (entries.length === 0) {
    throw new Fault('DISK_HINT_MALFORMED', { hint: '{}', reason: 'it names nothing' });
  }
  const tests = entries.map(([key, value]) => testOf(key, value));
  return (disk) => {
    const verdicts = tests.map((test) => test(disk));
    if (verdicts.includes('no')) {
      return 'no';
    }
    return verdicts.includes('unknown') ? 'unknown' : 'yes';
  };
}

/** In an operator's notation: `serial=S1 size=">= 100"`. */
export const diskHintText = (hint: DiskHint): string =>
  Object.entries(hint)
    .map(([key, value]) => `${key}=${/\s/.test(String(value)) ? `"${value}"` : String(value)}`)
    .join(' ');

/** Whether `keep` marks every disk that `root` can match, as far as the two hints alone show. */
export function isSurelyKept(root: DiskHint, keep: DiskHint): boolean {
  const told = Object.fromEntries(
    Object.entries(root)
      .filter(([, value]) => !operators.test(String(value)))
      .map(([key, value]) => [key, key === 'size' ? Number(value) * gib : valueOf(key, value)]),
  ) as unknown as DescribedDisk;
  return Object.entries(keep).every(
    ([key, value]) =>
      String(ownValue(root, key) ?? '') === String(value) ||
      (Object.hasOwn(told, key) && parseDiskHint({ [key]: value })(told) === 'yes'),
  );
}

const valueOf = (key: string, value: string | number | boolean): string | boolean =>
  key === 'rotational' ? truth(value) === true : String(value);

function testOf(key: string, value: string | number | boolean): Test {
  const text = String(value).trim();
  const malformed: Malformed = (reason) =>
    new Fault('DISK_HINT_MALFORMED', { hint: `${key}=${text}`, reason });
  if (key === 'by_path') {
    throw malformed(noLinks);
  }
  if (!Object.hasOwn(kinds, key)) {
    throw malformed(`a hint has the keys ${diskHintKeys.join(', ')}`);
  }
  switch (kinds[key as Key]) {
    case 'number':
      return sizeTest(text, malformed);
    case 'boolean':
      return rotationalTest(value, malformed);
    case 'text':
      return textTest(key as TextKey, text, malformed);
  }
}

const judged = (fits: boolean): HintVerdict => (fits ? 'yes' : 'no');

function sizeTest(text: string, malformed: Malformed): Test {
  const [, operator = '==', rest = text] = operators.exec(text) ?? [];
  const wanted = (operator === '<or>' ? alternatives(rest) : [rest]).map((word) => {
    const number = toNumber(word);
    if (number === undefined || !Number.isFinite(number) || number < 0) {
      throw malformed(
        'a size is a number of GiB, or one of the operators =, ==, !=, >=, <= or <or> with it',
      );
    }
    return number;
  });
  const compare = numericComparison(operator === '<or>' ? '==' : operator);
  if (compare === undefined) {
    throw malformed(`${operator} compares texts, and a size is a number`);
  }
  return ({ size }) => judged(wanted.some((operand) => compare(Math.floor(size / gib), operand)));
}

function rotationalTest(value: string | number | boolean, malformed: Malformed): Test {
  const wanted = truth(value);
  if (wanted === undefined) {
    throw malformed('rotational is true or false');
  }
  return ({ rotational }) => (rotational === undefined ? 'unknown' : judged(rotational === wanted));
}

function truth(value: string | number | boolean): boolean | undefined {
  const text = String(value).trim().toLowerCase();
  if (['true', '1', 'yes'].includes(text)) {
    return true;
  }
  return ['false', '0', 'no'].includes(text) ? false : undefined;
}

const noLinks =
  "the deploy ramdisk has no udev, which makes the links below /dev/disk; use serial, wwn or another key, or the kernel's name of the disk, such as sda";

const partition = /^([shv]d[a-z]+(?=\d)|nvme\d+n\d+(?=p\d)|mmcblk\d+(?=p\d))p?\d+$/;

/** Refuses names that no disk has: the kernel's names have no slash, and a partition is no disk. */
function refuseForeignNames(
  operator: string | undefined,
  names: readonly string[],
  malformed: Malformed,
): void {
  if (names.some((name) => /\/|^by-/.test(name))) {
    throw malformed(noLinks);
  }
  const isWhole = operator === undefined || operator === 's==' || operator === '<or>';
  const [part, disk] =
    names.map((name) => partition.exec(name)).find((found) => isWhole && found !== null) ?? [];
  if (part !== undefined) {
    throw malformed(`${part} is a partition; its disk is ${String(disk)}`);
  }
}

function textTest(key: TextKey, text: string, malformed: Malformed): Test {
  const fits = textMatcher(key, text, malformed);
  return (disk) => {
    const told = plain(key, disk[key] ?? '');
    return told === '' ? 'unknown' : judged(fits(told));
  };
}

function textMatcher(key: TextKey, text: string, malformed: Malformed): (told: string) => boolean {
  const [, operator, rest = text] = operators.exec(text) ?? [];
  const [operand = '', ...more] = textOperands(key, { operator, rest }, malformed);
  if (key === 'name') {
    refuseForeignNames(operator, [operand, ...more], malformed);
  }
  switch (operator) {
    case undefined:
    case '<or>':
      return (told) => told === operand || more.includes(told);
    case '<all-in>':
      return (told) => [operand, ...more].every((part) => told.includes(part));
    default: {
      const compare = textComparison(operator);
      if (compare === undefined) {
        throw malformed(`${operator} compares numbers, and ${key} is a text: use s== and the like`);
      }
      return (told) => compare(told, operand);
    }
  }
}

function textOperands(
  key: TextKey,
  { operator, rest }: { readonly operator: string | undefined; readonly rest: string },
  malformed: Malformed,
): string[] {
  if (operator === undefined && /^[<>!]/.test(rest)) {
    throw malformed('it begins like an operator and is not one');
  }
  const isList = operator === '<or>' || operator === '<all-in>';
  const operands = (isList ? alternatives(rest, operator) : [rest]).map((part) => plain(key, part));
  if (operands.includes('')) {
    throw malformed(
      operator === undefined ? 'it is empty' : `the operator ${operator} has no operand`,
    );
  }
  return operands;
}

const alternatives = (text: string, operator = '<or>'): string[] =>
  text.split(operator).map((part) => part.trim());

/** One spelling for values that the kernel, udev and people spell in several ways. */
function plain(key: TextKey, text: string): string {
  const spaced = text.trim().replace(/\s+/g, ' ').toLowerCase();
  switch (key) {
    case 'name':
      return spaced.replace(/^\/dev\//, '');
    case 'wwn':
      return spaced.replace(/^(?:wwn-)?(?:naa\.|eui\.|nvme\.|0x)+/, '');
    default:
      return spaced;
  }
}
