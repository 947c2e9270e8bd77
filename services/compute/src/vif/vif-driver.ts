import type { Turn } from '../engine/turn.js';

/** Connects servers to networks through their node's NICs (Nova 2013: BareMetalVIFDriver). */
export interface VifDriver {
  /**
   * Gives each network that the server asks for a NIC of the node, the PXE one first, and a port with its MAC.
   * Repeatable. Faults: NETWORK_EXHAUSTED (no network, address or NIC left), NOT_FOUND, CONFLICT.
   */
  plug(turn: Turn): Promise<void>;
  /** Frees NICs, ports and addresses of the server. Repeatable. */
  unplug(turn: Turn): Promise<void>;
  /** Takes the NICs from the server, but keeps the addresses for the node, which may still use them. Repeatable. */
  reserve(turn: Turn): Promise<void>;
  /** Frees what was kept for the node. Repeatable. */
  free(turn: Turn): Promise<void>;
}
