/** One machine of the rack, as others see it: what stands on its label. */
export interface RackNode {
  readonly name: string;
  /** Of its firmware (SMBIOS). */
  readonly uuid: string;
  readonly bmc: {
    readonly address: string;
    readonly port: number;
    readonly user: string;
    /** File (0600) with the password alone. */
    readonly passwordFile: string;
  };
  readonly macs: readonly string[];
  /** File with all that it ever wrote to its serial console. */
  readonly serial: string;
  /** Its provisioning cable, see `setCable`. */
  readonly tap: string;
  readonly memoryMb: number;
  readonly diskGb: number;
  readonly folder: string;
}

export interface NodeSize {
  readonly memoryMb: number;
  readonly diskGb: number;
}

export interface NodeLabel {
  /** From 1. */
  readonly index: number;
  readonly uuid: string;
  readonly size: NodeSize;
  /** The rack's. */
  readonly folder: string;
}

export function rackNode({ index, uuid, size, folder }: NodeLabel): RackNode {
  const name = `node${index}`;
  return {
    name,
    uuid,
    bmc: {
      address: `10.78.0.${10 + index}`,
      port: 623,
      user: 'admin',
      passwordFile: `${folder}/passwords/${name}`,
    },
    macs: [`52:54:00:77:00:${index.toString(16).padStart(2, '0')}`],
    serial: `${folder}/${name}/serial.log`,
    tap: `tap${index}`,
    ...size,
    folder: `${folder}/${name}`,
  };
}
