/** The properties of a simulated machine that enrolment needs. */
export interface SimulatedNodeInfo {
  readonly name: string;
  readonly mac: string;
  readonly memoryMb: number;
  readonly diskMb: number;
  readonly bmc: {
    /** Address for the power driver `fake`, inside the namespace. */
    readonly address: string;
    readonly user: string;
  };
}

const memoryMb = 1024;
const diskMb = 2048;

/** `index` starts at 1. */
export function simulatedNodeInfo(index: number, bmcPort: number): SimulatedNodeInfo {
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
