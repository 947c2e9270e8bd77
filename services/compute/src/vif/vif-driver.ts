import type { Turn } from '../engine/turn.js';

/** Connects servers to networks through their node's NICs (Nova 2013: BareMetalVIFDriver). */
export interface VifDriver {
  /**
   * Gives each requested network of the server a NIC of the node, the PXE NIC first, and a port with its MAC.
   * Idempotent. Faults: NETWORK_EXHAUSTED (no network, address or NIC left), NOT_FOUND, CONFLICT.
   */
  plug(turn: Turn): Promise<void>;
  /** Frees NICs, ports and addresses of the server. Idempotent. */
  unplug(turn: Turn): Promise<void>;
  /** Takes the NICs from the server, but reserves the addresses for the node, which may still use them. Idempotent. */
  reserve(turn: Turn): Promise<void>;
  /** Frees the reserved addresses of the node. Idempotent. */
  free(turn: Turn): Promise<void>;
}
