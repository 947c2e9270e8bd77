import { diskGb } from '../request-spec.js';
import type { HostFilter } from './filter.js';

/** Passes nodes that are at least as large as the flavor in memory, CPUs and disk; the server gets all of it. */
export const nodeSize: HostFilter = {
  name: 'NodeSizeFilter',
  reject(host, { flavor }) {
    if (host.memoryMb < flavor.memory_mb) {
      return `has ${String(host.memoryMb)} MiB of memory, the flavor asks for ${String(flavor.memory_mb)}`;
    }
    if (host.cpus < flavor.vcpus) {
      return `has ${String(host.cpus)} CPUs, the flavor asks for ${String(flavor.vcpus)}`;
    }
    const asked = diskGb(flavor);
    return host.localGb < asked
      ? `has ${String(host.localGb)} GiB of disk, the flavor asks for ${String(asked)}`
      : undefined;
  },
};
