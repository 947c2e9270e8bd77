import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { entriesOf } from './enrolment-file.js';

const folder = mkdtempSync(join(tmpdir(), 'enrolment-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function read(name: string, text: string): ReturnType<typeof entriesOf> {
  const file = join(folder, name);
  writeFileSync(file, text);
  return entriesOf(file);
}

test('a row of CSV has the values of the options of `node create`', () => {
  const csv = `\uFEFFname,CPUs,memory-mb,local_gb,mac,pm_address,pm_user,pm_password,trait,root_device,keep_disk,pm_option
a,4,8192,100,52-54-00-AA-BB-01;525400aabb02,10.0.0.1,root,"p,""w",HW_GPU; CUSTOM_X,serial=S1;size=>= 100,"model=X,size=4;serial=7",cipher_suite=3

b ,4,8192,100,52:54:00:aa:bb:03,,,,,,,
`;
  expect(read('rack.csv', csv)).toEqual([
    {
      where: 'line 2',
      node: {
        ...{ name: 'a', cpus: 4, memory_mb: 8192, local_gb: 100, traits: ['HW_GPU', 'CUSTOM_X'] },
        ...{ root_device: { serial: 'S1', size: '>= 100' } },
        keep_disks: [{ model: 'X', size: '4' }, { serial: '7' }],
        interfaces: [
          { address: '52:54:00:aa:bb:01', pxe: true },
          { address: '52:54:00:aa:bb:02', pxe: false },
        ],
        power: {
          ...{ address: '10.0.0.1', user: 'root', password: 'p,"w' },
          options: { cipher_suite: 3 },
        },
      },
    },
    {
      where: 'line 4',
      node: {
        ...{ name: 'b', cpus: 4, memory_mb: 8192, local_gb: 100 },
        interfaces: [{ address: '52:54:00:aa:bb:03', pxe: true }],
      },
    },
  ]);
});

test('YAML and JSON hold the fields of the API, as a list or under `nodes`', () => {
  const yaml = `# rack 1
- name: a
  interfaces: [{address: 52:54:00:12:34:56}]
- {name: b, power: {user: "007"}}
`;
  expect(read('rack.yaml', yaml)).toEqual([
    {
      where: 'line 2 (entry 1)',
      node: { name: 'a', interfaces: [{ address: '52:54:00:12:34:56' }] },
    },
    { where: 'line 4 (entry 2)', node: { name: 'b', power: { user: '007' } } },
  ]);
  const json = '{"nodes": [\n  {"name": "a"},\n  {"name": "b"}\n]}';
  expect(read('rack.JSON', json).map(({ where }) => where)).toEqual([
    'line 2 (entry 1)',
    'line 3 (entry 2)',
  ]);
});

test.each([
  ['a.csv', 'name,colour\na,red\n', /a\.csv, line 1: unknown column colour; known columns: name, /],
  ['b.csv', 'name,cpus\na,4\nb,4,5\n', /b\.csv, line 3: Invalid Record Length/],
  [
    'c.csv',
    'name,cpus\na,4\nb,none\n',
    /c\.csv, line 3: cpus must be a whole number above 0: none/,
  ],
  ['d.csv', 'name,mac\na,52:54\n', /d\.csv, line 2: 52:54 is not a MAC address/],
  ['e.csv', 'name\n"a\n', /e\.csv, line \d+: .*Quote/i],
  ['f.csv', 'name\n', /f\.csv names no machine/],
  ['g.csv', 'name,pm_option\na,x\n', /g\.csv, line 2: Must have the form key=value: x/],
  ['h.csv', 'name,name\na,b\n', /h\.csv, line 1: the column name appears twice/],
  ['a.yaml', '- name: a\n  cpus: [4\n', /a\.yaml, line [23]: /],
  ['b.yaml', 'name: a\n', /b\.yaml, line 1: the file must be a list of machines/],
  [
    'c.yaml',
    '- name: a\n- b\n',
    /c\.yaml, line 2 \(entry 2\): a machine must be a mapping of keys to values/,
  ],
  ['d.json', '[{"name": "a",, }]', /d\.json, line 1: /],
  ['e.yaml', '', /e\.yaml, line 1: the file must be a list of machines/],
  ['f.txt', 'name', /f\.txt must end in one of \.csv, \.json, \.yaml, \.yml/],
])('%s: a mistake is reported with its line', (name, text, message) => {
  expect(() => read(name, text)).toThrow(message);
});

test('a missing file is reported', () => {
  expect(() => entriesOf(join(folder, 'none.csv'))).toThrow(/Cannot read .*none\.csv/);
});
