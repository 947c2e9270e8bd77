// Reasons why the lab or the tests cannot run on this machine, found before any change.
import { accessSync, closeSync, constants, existsSync, openSync } from 'node:fs';
import process from 'node:process';

/**
 * The lowest supported minor version per major version, as `engines` in package.json. Newer major versions are
 * accepted.
 */
const supportedNode = new Map([
  [20, 19],
  [22, 13],
  [24, 0],
]);

/**
 * @param {string} version as in process.versions.node
 * @returns {string | undefined}
 */
export function nodeProblem(version) {
  const [major, minor] = version.split('.').map(Number);
  const lowest = major > 24 ? 0 : supportedNode.get(major);
  return lowest === undefined || minor < lowest
    ? `Node 20.19, 22.13, 24 or newer: this is ${version}`
    : undefined;
}

/** @returns {string | undefined} */
export function tunProblem(device = '/dev/net/tun') {
  if (!existsSync(device)) {
    return `${device}: the nodes' network cards need it (modprobe tun; in a container: --device ${device})`;
  }
  try {
    closeSync(openSync(device, 'r+'));
    return undefined;
  } catch (error) {
    return `access to ${device}: ${error.code}`;
  }
}

/** @returns {string | undefined} */
export function rootProblem(uid = process.getuid()) {
  return uid === 0
    ? undefined
    : 'root: network namespaces, and accounts of their own for broker and database, need it (try sudo)';
}

/** @returns {string | undefined} */
export function aptProblem(apt = '/usr/bin/apt-get') {
  try {
    accessSync(apt, constants.X_OK);
    return undefined;
  } catch {
    return `${apt}: packages can only be installed on Debian and its like`;
  }
}
