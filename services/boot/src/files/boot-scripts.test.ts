import { expect, test } from 'vitest';
import { ipxeDeploy, ipxeLocal, ipxePowerOff, ipxeRetry } from './ipxe.js';
import { bootLinks } from './links.js';
import {
  pxelinuxAgain,
  pxelinuxDeploy,
  pxelinuxLocal,
  pxelinuxNone,
  pxelinuxPowerOff,
} from './pxelinux.js';

const mac = '52:54:00:77:00:01';
const files = { kernel: 'a'.repeat(64), ramdisk: 'b'.repeat(64) };
const append = 'console=ttyS0';
const links = bootLinks('http://10.77.0.1:8780/', mac, files);

test('iPXE loads kernel, ramdisk and token, and asks again when anything fails', () => {
  const script = ipxeDeploy({ mac, links, append });
  const own = 'http://10.77.0.1:8780/boot/52-54-00-77-00-01';
  expect(script.split('\n')).toEqual([
    '#!ipxe',
    'imgfree',
    `kernel ${own}/kernel/${files.kernel} initrd=ramdisk initrd=token BOOTIF=01-52-54-00-77-00-01 console=ttyS0 || goto again`,
    `initrd --name ramdisk ${own}/ramdisk/${files.ramdisk} || goto again`,
    `initrd --name token ${own}/token.cpio || goto again`,
    'boot || goto again',
    ':again',
    'sleep 3 ||',
    'imgfree',
    `chain --replace ${own} || goto again`,
    '',
  ]);
});

test('local: a BIOS starts the disk; UEFI firmware gets an error, because only after an error it goes on to its next option', () => {
  expect(ipxeLocal(128).split('\n')).toEqual([
    '#!ipxe',
    'iseq ${platform} efi && goto firmware || goto bios',
    ':bios',
    'sanboot --no-describe --drive 0x80',
    ':firmware',
    'exit 1',
    '',
  ]);
  expect(ipxeLocal(129)).toContain('sanboot --no-describe --drive 0x81\n');
});

test('only the local script ever leaves iPXE', () => {
  for (const script of [
    ipxeDeploy({ mac, links, append }),
    ipxePowerOff('loop'),
    ipxeRetry(links.script),
  ]) {
    expect(script).not.toMatch(/exit|sanboot/);
    expect(script.trimEnd().split('\n').at(-1)).toMatch(/goto (again|stay)$/);
    // Every command that can fail, or be interrupted at the keyboard, names the next step.
    const fallible = script
      .split('\n')
      .filter((line) => /^(kernel|initrd|boot|chain|sleep|poweroff)/.test(line));
    expect(fallible).toEqual(fallible.filter((line) => / \|\|( goto \w+)?$/.test(line)));
  }
});

test('pxelinux: the same boot over TFTP', () => {
  const config = pxelinuxDeploy({ links: bootLinks('', mac, files), append });
  const own = 'boot/52-54-00-77-00-01';
  expect(config).toContain(`KERNEL ${own}/kernel/${files.kernel}\n`);
  expect(config).toContain(`INITRD ${own}/ramdisk/${files.ramdisk},${own}/token.cpio\n`);
  expect(config).toContain('APPEND console=ttyS0\n');
  expect(config).toContain('IPAPPEND 2\n');
  expect(pxelinuxLocal(128)).toContain('LOCALBOOT 0');
  expect(pxelinuxLocal(130)).toContain('COM32 chain.c32\n  APPEND hd2\n');
  expect(pxelinuxPowerOff('loop')).toContain('COM32 poweroff.c32');
  expect(pxelinuxNone()).toContain('LOCALBOOT -1\n');
  expect(pxelinuxAgain(mac).split('\n')).toEqual([
    'DEFAULT metalcast',
    'PROMPT 0',
    'PROMPT 1',
    'TIMEOUT 30',
    'LABEL metalcast',
    '  CONFIG pxelinux.cfg/01-52-54-00-77-00-01',
    '',
  ]);
});
