import type { Command, Option } from 'commander';
import { expect, test } from 'vitest';
import { actions, type AttachAction, type Call } from './action.js';
import { enrolmentOf } from './enrolment/enrolment.js';
import { changesOf } from './commands/node/set.js';
import { explainRequestOf } from './commands/explain.js';
import { programFor } from './program.js';

/** Parses a command line with the real program; only the command's action is replaced. */
async function parsed(...argv: string[]): Promise<Call> {
  const calls: Call[] = [];
  const real = actions({}, () => undefined);
  const attach: AttachAction = (command) => {
    real(command, () =>
      Promise.resolve((call) => {
        calls.push(call);
        return Promise.resolve({ text: '', data: undefined });
      }),
    );
  };
  const program = programFor({}, () => undefined, attach);
  quiet(program);
  await program.parseAsync(argv, { from: 'user' });
  const [call] = calls;
  if (call === undefined) {
    throw new Error(`${argv.join(' ')}: nothing was called`);
  }
  return call;
}

function quiet(command: Command): void {
  command.configureOutput({ writeErr: () => undefined });
  command.commands.forEach(quiet);
}

interface Case {
  readonly line: string;
  readonly path: readonly string[];
  readonly command: Command;
  readonly option: Option;
}

const casesOf = (command: Command, path: readonly string[] = []): Case[] => [
  ...command.options.map((option) => ({
    line: [...path, option.flags].join(' '),
    path,
    command,
    option,
  })),
  ...command.commands.flatMap((child) => casesOf(child, [...path, child.name()])),
];

/** Two valid values for the option: numbers where it needs numbers. */
const samples = ({ flags }: Option): readonly [string, string] =>
  flags.endsWith('<n>') ? ['7', '8'] : ['a=1', 'b=2'];

/** The required arguments and options of the command. */
const needed = ({ command, option }: Case): string[] => [
  ...command.registeredArguments.filter(({ required }) => required).map(() => 'x'),
  ...command.options
    .filter((other) => other.mandatory && other !== option)
    .flatMap((other) => [other.long ?? '', samples(other)[0]]),
];

const cases = casesOf(programFor({}, () => undefined)).filter(
  // The lab parses its own options; --json is global.
  ({ command, path }) => command.name() !== 'lab' && path.length > 0,
);

test.each(cases)('$line reaches the command in the shape that it is declared in', async (given) => {
  const { path, option } = given;
  const long = option.long ?? '';
  const of = async (...argv: string[]): Promise<unknown> => {
    const { args, options } = await parsed(...path, ...needed(given), ...argv);
    expect(args.every((arg) => arg === 'x')).toBe(true);
    return options[option.attributeName()];
  };
  if (!option.required) {
    expect(await of(long)).toBe(!option.negate);
    return;
  }
  const [one, two] = samples(option);
  const read = (text: string): unknown => (option.flags.endsWith('<n>') ? Number(text) : text);
  if (option.flags.includes('...')) {
    expect(await of(long, one)).toEqual([one]);
    expect(await of(long, one, two)).toEqual([one, two]);
    expect(await of(long, one, long, two)).toEqual([one, two]);
  } else {
    expect(await of(long, one)).toEqual(read(one));
    expect(await of(long, one, long, two)).toEqual(read(two));
  }
});

test('the cases include every command and option', () => {
  expect(cases.map(({ line }) => line)).toContain('node set --unset <field...>');
  expect(cases.length).toBeGreaterThan(40);
});

const lists = [
  ...['--trait', 'HW_GPU', '--trait', 'CUSTOM_X'],
  ...['--capability', 'ssd=true', 'gen=9'],
  ...['--root-device', 'serial=S1', 'size=>= 100'],
  ...['--keep-disk', 'serial=WD-1', '--keep-disk', 'model=<in> backup,size=4000'],
];
const listFields = {
  traits: ['HW_GPU', 'CUSTOM_X'],
  capabilities: { ssd: true, gen: 9 },
  root_device: { serial: 'S1', size: '>= 100' },
  keep_disks: [{ serial: 'WD-1' }, { model: '<in> backup', size: '4000' }],
};
const power = ['--driver', 'ipmi', '--pm-address', '192.0.2.1', '--pm-user', 'u'];
const powerOptions = ['--pm-option', 'cipher_suite=3', 'boot_efi=true'];
const powerFields = {
  power: {
    ...{ driver: 'ipmi', address: '192.0.2.1', user: 'u' },
    options: { cipher_suite: 3, boot_efi: true },
  },
};

test('a whole command line becomes a request: node set', async () => {
  const { options } = await parsed('node', 'set', 'node3', ...lists, ...power, ...powerOptions);
  expect(changesOf(options)).toEqual({ ...listFields, ...powerFields });
  const unset = await parsed('node', 'set', 'node3', '--unset', 'rack', '--unset', 'data-of');
  expect(changesOf(unset.options)).toEqual({ rack: null, data_of: [] });
});

test('a whole command line becomes a request: node create', async () => {
  const size = ['--cpus', '2', '--memory-mb', '2048', '--local-gb', '10'];
  const macs = ['--mac', '52:54:00:aa:bb:cc', '52:54:00:aa:bb:cd'];
  const argv = [...size, ...macs, ...lists, ...power, ...powerOptions];
  const { options } = await parsed('node', 'create', ...argv);
  expect(enrolmentOf(options)).toEqual({
    ...{ cpus: 2, memory_mb: 2048, local_gb: 10, ...listFields, ...powerFields },
    interfaces: [
      { address: '52:54:00:aa:bb:cc', pxe: true },
      { address: '52:54:00:aa:bb:cd', pxe: false },
    ],
  });
});

test('a whole command line becomes a request: explain', async () => {
  const hints = ['--hint', 'same_rack=a', '--hint', 'x=b'];
  const { options } = await parsed('explain', '--flavor', 'f', ...hints);
  expect(explainRequestOf(options)).toEqual({ flavor: 'f', hints: { same_rack: 'a', x: 'b' } });
});
