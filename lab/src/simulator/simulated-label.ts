/** One machine of the simulator, as others see it: what stands on its label. */
export interface SimulatedLabel {
  readonly name: string;
  readonly mac: string;
  readonly memoryMb: number;
  readonly diskMb: number;
  readonly bmc: {
    /** For the power driver `fake`, inside the namespace. */
    readonly address: string;
    readonly user: string;
  };
}

const memoryMb = 1024;
const diskMb = 2048;

/** From 1. */
export function simulatedLabel(index: number, bmcPort: number): SimulatedLabel {
  const name = `node${index}`;
  const tail = [index >> 8, index & 0xff].map((byte) => byte.toString(16).padStart(2, '0'));
  return {
    name,
    mac: `52:54:00:78:${tail.join(':')}`,
    memoryMb,
    diskMb,
    bmc: { address: `http://127.0.0.1:${bmcPort}/bmc/${name}`, user: 'admin' },
  };
}
