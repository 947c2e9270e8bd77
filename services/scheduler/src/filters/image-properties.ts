import { passAll, type HostFilter } from './filter.js';

const hypervisorType = 'baremetal';
const aliases: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'aarch64' };

/**
 * Passes nodes that one triple (architecture, baremetal, baremetal) fits what the image asks for
 * (Nova's ImagePropertiesFilter; properties also by their later names hw_architecture, img_hv_type, hw_vm_mode).
 */
export const imageProperties: HostFilter = {
  name: 'ImagePropertiesFilter',
  prepare({ image }) {
    const properties = image?.properties ?? {};
    const ask = (...names: readonly string[]): string | undefined => {
      const value = names
        .map((name) => properties[name])
        .find((found) => typeof found === 'string' && found !== '');
      return typeof value === 'string' ? canonical(value) : undefined;
    };
    const architecture = ask('architecture', 'hw_architecture');
    const hypervisor = ask('hypervisor_type', 'img_hv_type');
    const vmMode = ask('vm_mode', 'hw_vm_mode');
    if ([architecture, hypervisor, vmMode].every((asked) => asked === undefined)) {
      return passAll;
    }
    return {
      kind({ cpuArch }) {
        if (
          architecture !== undefined &&
          architecture !== cpuArch &&
          architecture !== canonical(cpuArch)
        ) {
          return {
            reason: `is of another architecture than the image (${architecture})`,
            detail: cpuArch === '' ? 'no architecture is set' : `it is ${cpuArch}`,
            change:
              cpuArch === ''
                ? "set the node's architecture"
                : `use an image for ${canonical(cpuArch)}`,
          };
        }
        return notBareMetal('hypervisor', hypervisor) ?? notBareMetal('vm_mode', vmMode);
      },
    };
  },
};

const notBareMetal = (what: string, asked: string | undefined) =>
  asked === undefined || asked === hypervisorType
    ? undefined
    : {
        reason: `is bare metal, but the image is for ${what} ${asked}`,
        change: `use an image whose ${what} is ${hypervisorType}, or not given`,
      };

const canonical = (name: string): string => {
  const lower = name.toLowerCase();
  return aliases[lower] ?? lower;
};
