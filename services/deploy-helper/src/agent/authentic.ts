// Whether a hello comes from the ramdisk of the boot that was served.
import type { AgentHello } from '@metalcast/contracts';
import type { HelloView } from '@metalcast/db/deploy-helper';
import { bootTokenHash, equalSecret } from '@metalcast/domain';
import { rejected } from './rejected.js';

/** More are not named. */
const mostCards = 8;

/** Why a ramdisk of the boot that was served last is refused. */
export interface Refusal {
  readonly reason: string;
  readonly evidence: string;
  /** It has the node's token, or the node's address and the card that got it: a stranger may take the address alone. */
  readonly isOfNode: boolean;
}

/** Fault AGENT_REJECTED when another boot, or none, was served last: that ramdisk is late, and nobody waits for it. */
export function servedTo(view: HelloView | undefined, hello: AgentHello): HelloView {
  const { node: uuid, epoch, boot_try: bootTry } = hello;
  if (view === undefined) {
    throw rejected(uuid, 'no such node');
  }
  const { node, served } = view;
  if (node.epoch !== epoch || served.bootMode !== 'deploy' || served.bootTry !== bootTry) {
    throw rejected(uuid, 'another boot has been served since, or none is wanted');
  }
  return view;
}

/** A ramdisk has the served token, and calls from the address that was assigned to its node, if one was assigned. */
export function refusalOf(view: HelloView, hello: AgentHello, peer: string): Refusal | undefined {
  const { ports } = view;
  const port = ports.find(({ address }) => address === peer);
  const cards = hello.macs.slice(0, mostCards).join(' ');
  const evidence = `It called from ${peer}; its cards: ${cards}.`;
  if (!hasToken(view, hello)) {
    const reason = 'its token is not the one that was served';
    return { reason, evidence, isOfNode: port !== undefined && hello.macs.includes(port.mac) };
  }
  return ports.length === 0 || port !== undefined
    ? undefined
    : {
        reason: `it calls from ${peer}, not from ${ports.map(({ address }) => address).join(' or ')}`,
        evidence,
        isOfNode: true,
      };
}

function hasToken({ served }: HelloView, hello: AgentHello): boolean {
  const { node, epoch, boot_try: bootTry, token } = hello;
  const hash = bootTokenHash(token, { node, epoch, bootTry });
  return served.tokenHash !== null && equalSecret(hash, served.tokenHash);
}
