import type { HostFilter } from './filter.js';

const hypervisorType = 'baremetal';
const aliases: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'aarch64' };

/**
 * Passes nodes that one triple (architecture, baremetal, baremetal) fits what the image asks for
 * (Nova's ImagePropertiesFilter; properties also by their later names hw_architecture, img_hv_type, hw_vm_mode).
 */
export const imageProperties: HostFilter = {
  name: 'ImagePropertiesFilter',
  reject({ cpuArch }, { image: { properties } }) {
    const ask = (...names: readonly string[]): string | undefined => {
      const value = names.map((name) => properties[name]).find((found) => found !== undefined);
      return typeof value === 'string' ? canonical(value) : undefined;
    };
    const architecture = ask('architecture', 'hw_architecture');
    if (architecture !== undefined && architecture !== canonical(cpuArch)) {
      return `is ${cpuArch}, the image is for ${architecture}`;
    }
    const hypervisor = ask('hypervisor_type', 'img_hv_type');
    if (hypervisor !== undefined && hypervisor !== hypervisorType) {
      return `is bare metal, the image is for hypervisor ${hypervisor}`;
    }
    const vmMode = ask('vm_mode', 'hw_vm_mode');
    return vmMode === undefined || vmMode === hypervisorType
      ? undefined
      : `is bare metal, the image is for vm_mode ${vmMode}`;
  },
};

const canonical = (name: string): string => {
  const lower = name.toLowerCase();
  return aliases[lower] ?? lower;
};
