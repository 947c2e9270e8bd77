import { canonicalMac } from '@metalcast/domain';

/** What a node can request, over HTTP or TFTP. No part of a requested path ever becomes part of a file's path. */
export type Requested =
  | { readonly kind: 'script'; readonly mac: string; readonly loader: 'ipxe' | 'pxelinux' }
  | { readonly kind: 'kernel' | 'ramdisk'; readonly mac: string; readonly hash: string }
  | { readonly kind: 'token'; readonly mac: string };

const bootPath = /^boot\/([^/]+)(?:\/(token\.cpio|(kernel|ramdisk)\/([0-9a-f]+)))?$/;
const pxelinuxPath = /^pxelinux\.cfg\/01-([0-9a-fA-F-]+)$/;

/** Parses a path; undefined for what is not served. */
export function requestedBy(path: string): Requested | undefined {
  const relative = path.replace(/^\/+/, '');
  const pxelinux = canonicalMac(pxelinuxPath.exec(relative)?.[1] ?? '');
  if (pxelinux !== undefined) {
    return { kind: 'script', mac: pxelinux, loader: 'pxelinux' };
  }
  const [, macText = '', what, image, hash] = bootPath.exec(relative) ?? [];
  const mac = canonicalMac(macText);
  if (mac === undefined) {
    return undefined;
  }
  if (what === undefined) {
    return { kind: 'script', mac, loader: 'ipxe' };
  }
  return (image === 'kernel' || image === 'ramdisk') && hash !== undefined
    ? { kind: image, mac, hash }
    : { kind: 'token', mac };
}
