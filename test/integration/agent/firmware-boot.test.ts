// The ramdisk's shell agent sets UEFI firmware's boot order: variables and disk are files.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BenchMachine } from './bench-machine.js';
import { ScriptedHelper } from './scripted-helper.js';

const MIB = 1024 * 1024;
const diskBytes = 5 * MIB;
const guid = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
const espId = '11223344-5566-7788-99AA-BBCCDDEEFF00';

let machine: BenchMachine;
let helper: ScriptedHelper;

beforeEach(async () => {
  machine = new BenchMachine(diskBytes);
  helper = await ScriptedHelper.start('vda');
});

afterEach(async () => {
  machine.remove();
  await helper.stop();
});

const variables = (): string => `${machine.folder}/sys/firmware/efi/efivars`;
const fileOf = (name: string): string => `${variables()}/${name}-${guid}`;

function setVariable(name: string, value: Buffer): void {
  mkdirSync(variables(), { recursive: true });
  writeFileSync(fileOf(name), Buffer.concat([Buffer.from([7, 0, 0, 0]), value]));
}

function words(...numbers: number[]): Buffer {
  return Buffer.from(numbers.flatMap((number) => [number & 0xff, number >> 8]));
}

/** Numbers of the entries, as firmware would try them. */
function bootOrder(): number[] {
  const file = readFileSync(fileOf('BootOrder'));
  expect([...file.subarray(0, 4)]).toEqual([7, 0, 0, 0]);
  return Array.from({ length: (file.length - 4) / 2 }, (_, i) => file.readUInt16LE(4 + 2 * i));
}

const utf16 = (text: string): Buffer => Buffer.from(`${text}\0`, 'utf16le');

/** EFI_LOAD_OPTION (UEFI 2.10, 3.1.3). */
function loadOption(name: string, path: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(path.length);
  return Buffer.concat([Buffer.from([1, 0, 0, 0]), length, utf16(name), path]);
}

const networkCard = Buffer.concat([
  Buffer.from([3, 11, 37, 0]),
  Buffer.alloc(33, 1),
  Buffer.from([0x7f, 0xff, 4, 0]),
]);

/** HD(number, …)/\EFI\BOOT\BOOTX64.EFI (UEFI 2.10, 10.3.5.1): from the second MiB, two MiB long. */
function diskPath(number: number, identity: Buffer, format: readonly [number, number]): Buffer {
  const drive = Buffer.alloc(42);
  drive.set([4, 1, 42, 0]);
  drive.writeUInt32LE(number, 4);
  drive.writeBigUInt64LE(4096n, 8);
  drive.writeBigUInt64LE(4096n, 16);
  identity.copy(drive, 24);
  drive.set(format, 40);
  const file = utf16('\\EFI\\BOOT\\BOOTX64.EFI');
  const node = Buffer.from([4, 4, file.length + 4, 0]);
  return Buffer.concat([drive, node, file, Buffer.from([0x7f, 0xff, 4, 0])]);
}

const gptIdentity = Buffer.from('443322116655887799aabbccddeeff00', 'hex');
const gptOption = (): Buffer => loadOption('Metalcast disk', diskPath(2, gptIdentity, [2, 2]));

/** What the helper has written to the disk. */
function partition(script: string): void {
  const file = `${machine.folder}/dev/vda`;
  writeFileSync(file, '');
  truncateSync(file, diskBytes);
  execFileSync('/usr/sbin/sfdisk', ['--quiet', file], { input: script });
}

const gpt = `label: gpt\nstart=2048,size=2048,type=L\nstart=4096,size=4096,type=U,uuid=${espId}\n`;

/** The agent's last word before it restarts the machine. */
async function restarted(): Promise<Readonly<Record<string, unknown>>> {
  machine.start([helper.url]);
  helper.command({ command: 'reboot', attempt: 1 });
  const { body } = await helper.hears('report');
  expect(body).toMatchObject({ step: 'leaving' });
  expect(await machine.exitCode()).toBe(10);
  return body;
}

test('the disk comes right after the network option that this start is of', async () => {
  partition(gpt);
  setVariable('BootCurrent', words(3));
  setVariable('BootOrder', words(1, 4, 3, 0xabcd));
  setVariable('Boot0001', loadOption('another disk', Buffer.from([0x7f, 0xff, 4, 0])));
  setVariable('Boot0003', loadOption('PXE', networkCard));
  expect(await restarted()).not.toHaveProperty('evidence');
  expect(bootOrder()).toEqual([3, 0, 1, 4, 0xabcd]);
  expect(readFileSync(fileOf('Boot0000')).subarray(4).toString('hex')).toBe(
    gptOption().toString('hex'),
  );
  expect(machine.console).toContain(
    `Boot0000 is ${machine.folder}/dev/vda, the firmware's order: 0003 0000 0001 0004 ABCD`,
  );
});

test('a network option that is switched off is not what the machine came by', async () => {
  partition(gpt);
  setVariable('BootCurrent', words(0x99));
  setVariable('BootOrder', words(2, 4, 3));
  const off = loadOption('PXE of a card that is not used', networkCard);
  off.writeUInt32LE(0, 0);
  setVariable('Boot0002', off);
  setVariable('Boot0003', loadOption('PXE', networkCard));
  await restarted();
  expect(bootOrder()).toEqual([3, 0, 2, 4]);
});

test('entries of earlier deployments are replaced, never added to', async () => {
  partition(gpt);
  setVariable('BootCurrent', words(3));
  setVariable('BootOrder', words(2, 3, 5, 4));
  setVariable('Boot0002', loadOption('Metalcast disk', diskPath(7, gptIdentity, [2, 2])));
  setVariable('Boot0003', loadOption('PXE', networkCard));
  setVariable('Boot0005', loadOption('Metalcast disk', Buffer.from([0x7f, 0xff, 4, 0])));
  setVariable('Boot0006', loadOption('Metalcast diskette', Buffer.from([0x7f, 0xff, 4, 0])));
  await restarted();
  expect(bootOrder()).toEqual([3, 2, 4]);
  expect(readFileSync(fileOf('Boot0002')).subarray(4).equals(gptOption())).toBe(true);
  expect(existsSync(fileOf('Boot0005'))).toBe(false);
  expect(existsSync(fileOf('Boot0006'))).toBe(true);
});

test('what is right already is not written again', async () => {
  partition(gpt);
  setVariable('BootCurrent', words(3));
  setVariable('BootOrder', words(3, 2, 4));
  setVariable('Boot0002', gptOption());
  setVariable('Boot0003', loadOption('PXE', networkCard));
  const written = (): number[] =>
    ['BootOrder', 'Boot0002'].map((name) => statSync(fileOf(name)).mtimeMs);
  const before = written();
  await restarted();
  expect(written()).toEqual(before);
});

test('a start that has no place in the order: behind the first network card', async () => {
  partition(gpt);
  setVariable('BootCurrent', words(0x2001));
  setVariable('BootOrder', words(1, 3, 4));
  setVariable('Boot0001', loadOption('another disk', Buffer.from([0x7f, 0xff, 4, 0])));
  setVariable('Boot0003', loadOption('PXE', networkCard));
  setVariable('Boot0004', loadOption('HTTP', networkCard));
  await restarted();
  expect(bootOrder()).toEqual([3, 0, 1, 4]);
});

test('no order at all: the disk is the order', async () => {
  partition(gpt);
  setVariable('Timeout', words(3));
  await restarted();
  expect(bootOrder()).toEqual([0]);
});

test('MBR: the partition of type EF, by the disk’s signature', async () => {
  partition(
    'label: dos\nlabel-id: 0x12345678\nstart=2048,size=2048,type=83\nstart=4096,size=4096,type=ef\n',
  );
  setVariable('BootCurrent', words(3));
  setVariable('BootOrder', words(3));
  await restarted();
  expect(bootOrder()).toEqual([3, 0]);
  const identity = Buffer.alloc(16);
  identity.writeUInt32LE(0x12345678);
  const option = loadOption('Metalcast disk', diskPath(2, identity, [1, 1]));
  expect(readFileSync(fileOf('Boot0000')).subarray(4).toString('hex')).toBe(option.toString('hex'));
});

test.each([
  ['no table at all', ''],
  ['GPT without it', 'label: gpt\nstart=2048,size=2048,type=L\n'],
  ['MBR without it', 'label: dos\nstart=2048,size=2048,type=83\n'],
])(
  'no EFI system partition (%s): told, and the machine restarts all the same',
  async (_, script) => {
    if (script !== '') {
      partition(script);
    }
    setVariable('BootCurrent', words(3));
    setVariable('BootOrder', words(3, 4));
    expect((await restarted())['evidence']).toMatch(/no entry for .*vda: no EFI system partition/);
    expect(bootOrder()).toEqual([3, 4]);
  },
);

test('a variable that cannot be written is told by name', async () => {
  partition(gpt);
  setVariable('BootCurrent', words(3));
  setVariable('BootOrder', words(3, 4));
  symlinkSync('/nowhere/at/all', fileOf('Boot0000'));
  expect((await restarted())['evidence']).toMatch(/variable Boot0000 cannot be written: .+/);
  expect(bootOrder()).toEqual([3, 4]);
});

test('variables that are not there: told', async () => {
  partition(gpt);
  mkdirSync(`${machine.folder}/sys/firmware/efi`, { recursive: true });
  expect((await restarted())['evidence']).toMatch(/variables cannot be read/);
});

test('a BIOS has none of this', async () => {
  partition(gpt);
  expect(await restarted()).not.toHaveProperty('evidence');
  expect(existsSync(variables())).toBe(false);
});
