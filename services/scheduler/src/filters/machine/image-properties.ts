import { ownValue } from '@metalcast/domain';
import { nodeSetCommand } from '../../filter-patterns/node-set.js';
import type { HostState } from '../../fleet/host-state.js';
import { listed, passAll, type KindFilter, type Miss } from '../filter.js';

const hypervisorType = 'baremetal';
const aliases: ReadonlyMap<string, string> = new Map([
  ['amd64', 'x86_64'],
  ['arm64', 'aarch64'],
  ...['i386', 'i486', 'i586', 'x86_32', 'x86_32p'].map((name) => [name, 'i686'] as const),
]);

/**
 * Passes nodes that fit the image: one triple (architecture, baremetal, baremetal) must match (Nova's
 * ImagePropertiesFilter; the later property names hw_architecture, img_hv_type, hw_vm_mode also count).
 */
export const imageProperties: KindFilter = {
  name: 'ImagePropertiesFilter',
  prepare({ image }) {
    const properties = image?.properties ?? {};
    const ask = (...names: readonly string[]): string | undefined => {
      const value = names
        .map((name) => ownValue(properties, name))
        .find((found) => typeof found === 'string' && found !== '');
      return typeof value === 'string' ? canonical(value) : undefined;
    };
    const architecture = ask('architecture', 'hw_architecture');
    const hypervisor = ask('hypervisor_type', 'img_hv_type');
    const vmMode = ask('vm_mode', 'hw_vm_mode');
    if ([architecture, hypervisor, vmMode].every((asked) => asked === undefined)) {
      return passAll;
    }
    const foreign = [
      { name: 'hypervisor_type', asked: hypervisor },
      { name: 'vm_mode', asked: vmMode },
    ].filter(({ asked }) => asked !== undefined && asked !== hypervisorType);
    return {
      kind({ cpuArch }) {
        const isOther =
          architecture !== undefined &&
          architecture !== cpuArch &&
          architecture !== canonical(cpuArch);
        return isOther || foreign.length > 0
          ? missOf(isOther ? { cpuArch, asked: architecture } : undefined, foreign)
          : undefined;
      },
    };
  },
};

interface Architectures {
  readonly cpuArch: string;
  readonly asked: string;
}

interface Property {
  readonly name: string;
  readonly asked: string | undefined;
}

function missOf(other: Architectures | undefined, foreign: readonly Property[]): Miss {
  const others = listed(foreign.map(({ name, asked }) => `${name} ${asked}`));
  const names = listed(foreign.map(({ name }) => name));
  const whose = `whose ${names} ${foreign.length === 1 ? 'is' : 'are'} ${hypervisorType}, or not given`;
  if (other === undefined) {
    return {
      reason: `is bare metal, but the image is for ${others}`,
      change: `use an image ${whose}`,
    };
  }
  const { cpuArch, asked } = other;
  const also = foreign.length === 0 ? '' : `, which is for ${others}, not for bare metal`;
  const more = foreign.length === 0 ? '' : ` ${whose}`;
  return {
    reason: `is of another architecture than the image (${asked})${also}`,
    detail: cpuArch === '' ? 'no architecture is set' : `it is ${cpuArch}`,
    change:
      cpuArch === ''
        ? (host) => setArchitecture(host, asked) + (more === '' ? '' : `, and use an image${more}`)
        : `use an image for ${canonical(cpuArch)}${more}`,
  };
}

function setArchitecture(host: HostState, value: string): string {
  const command = nodeSetCommand(host, [{ source: { field: 'cpu_arch' }, value }]);
  return `set the node's architecture${command === undefined ? '' : ` (${command})`}`;
}

const canonical = (name: string): string => {
  const lower = name.toLowerCase();
  return aliases.get(lower) ?? lower;
};
