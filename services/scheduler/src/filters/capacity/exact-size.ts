import type { HostKind } from '../../fleet/host-kind.js';
import { askedSize, type SizeName } from '../../request/asked-sizes.js';
import { passAll, plural, type KindFilter } from '../filter.js';

/** Extra spec: "true" requests nodes of exactly the flavor's sizes. */
export const exactSizeKey = 'node:exact_size';

interface Size {
  readonly name: SizeName;
  readonly of: (kind: HostKind) => number;
  readonly show: (amount: number) => string;
}

const sizes: readonly Size[] = [
  { name: 'VCPU', of: ({ cpus }) => cpus, show: (count) => plural(count, 'CPU') },
  { name: 'MEMORY_MB', of: ({ memoryMb }) => memoryMb, show: (amount) => `${amount} MiB` },
  { name: 'DISK_GB', of: ({ localGb }) => localGb, show: (amount) => `${amount} GiB` },
];

/**
 * Passes nodes of exactly the requested memory, CPUs and disk, for flavors that set the extra spec. Nova 2013 had no
 * such filter.
 */
export const exactSize: KindFilter = {
  name: 'ExactSizeFilter',
  prepare({ flavor }) {
    if (flavor.extra_specs[exactSizeKey]?.toLowerCase() !== 'true') {
      return passAll;
    }
    const wanted = sizes.flatMap((size) => {
      const asked = askedSize(flavor, size.name);
      return asked === null ? [] : [{ ...size, asked }];
    });
    const reason = `is not of exactly ${listed(wanted.map(({ show, asked }) => show(asked)))}`;
    return {
      kind(kind) {
        if (wanted.every(({ of, asked }) => of(kind) === asked)) {
          return undefined;
        }
        const has = listed(wanted.map(({ of, show }) => show(of(kind))));
        const distance = sum(wanted.map(({ of, asked }) => away(of(kind), asked)));
        return { reason, distance, detail: has, change: `use a flavor of ${has}` };
      },
    };
  },
};

const listed = (parts: readonly string[]): string => new Intl.ListFormat('en-GB').format(parts);

const sum = (numbers: readonly number[]): number =>
  numbers.reduce((total, number) => total + number, 0);

const away = (has: number, asked: number): number =>
  Math.abs(has - asked) / Math.max(has, asked, 1);
