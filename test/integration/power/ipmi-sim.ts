// A real IPMI BMC (openipmi's ipmi_sim) whose machine is a folder of small files.
import { createSocket } from 'node:dgram';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDaemon, type DaemonExit } from '@metalcast/exec';
import { waitFor } from '@metalcast/testing';
import { freeUdpPort } from './free-udp-port.js';

export interface IpmiSim {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly power: () => Promise<'on' | 'off'>;
  readonly setPower: (power: 'on' | 'off') => Promise<void>;
  /** As the machine was told: `pxe`, `default` (disk), … */
  readonly boot: () => Promise<string>;
  readonly setRefusing: (refusing: boolean) => Promise<void>;
  /** What the machine was told, in order: `power 1`, `boot pxe`, `shutdown 1`, … */
  readonly told: () => Promise<string[]>;
  readonly close: () => Promise<void>;
}

// Called by ipmi_sim for each request: get|set <item> [value]; a bad exit is the BMC's refusal.
const chassis = `#!/bin/sh
dir=$1; verb=$2; shift 2
if [ "$verb" = get ]; then
  for item; do
    case $item in
      power) echo "power:$(cat "$dir/power")" ;;
      boot) echo "boot:$(cat "$dir/boot")" ;;
      *) echo "$item:0" ;;
    esac
  done
elif [ "$verb" = set ]; then
  if [ -e "$dir/refusing" ]; then exit 1; fi
  echo "$1 $2" >>"$dir/told"
  case $1 in
    power | boot) echo "$2" >"$dir/$1" ;;
  esac
fi
`;

const emulator = `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
mc_enable 0x20
`;

const lanConf = (folder: string, port: number, password: string): string => `name "bmc"
set_working_mc 0x20
 startlan 1
  addr 127.0.0.1 ${port}
  priv_limit admin
  allowed_auths_admin none md2 md5 straight
  guid a123456789abcdefa123456789abcde1
 endlan
 chassis_control "${folder}/chassis ${folder}"
 user 2 true "admin" "${password}" admin 10 none md2 md5 straight
`;

export async function startIpmiSim(password = 'secret'): Promise<IpmiSim> {
  const folder = await mkdtemp(join(tmpdir(), 'ipmi-sim-'));
  const port = await freeUdpPort();
  const file = (name: string): string => join(folder, name);
  const read = async (name: string): Promise<string> => (await readFile(file(name), 'utf8')).trim();
  await Promise.all([
    writeFile(file('chassis'), chassis).then(() => chmod(file('chassis'), 0o755)),
    writeFile(file('bmc.emu'), emulator),
    writeFile(file('lan.conf'), lanConf(folder, port, password)),
    writeFile(file('power'), '0\n'),
    writeFile(file('boot'), 'none\n'),
    writeFile(file('told'), ''),
  ]);
  const args = ['-c', file('lan.conf'), '-f', file('bmc.emu'), '-s', folder, '-n'];
  const lines: string[] = [];
  const daemon = startDaemon('ipmi_sim', args, { onLine: (line) => lines.push(line) });
  let exit: DaemonExit | undefined;
  daemon.ended.then((ended) => (exit = ended)).catch(() => undefined);
  await waitFor(async () => exit ?? (await isPresent(port)), {
    timeoutMs: 10_000,
    what: 'ipmi_sim to answer',
  });
  if (exit !== undefined) {
    throw new Error(`ipmi_sim ended: ${lines.join('\n')}`);
  }
  return {
    address: '127.0.0.1',
    port,
    user: 'admin',
    password,
    power: async () => ((await read('power')) === '1' ? 'on' : 'off'),
    setPower: (power) => writeFile(file('power'), power === 'on' ? '1\n' : '0\n'),
    boot: () => read('boot'),
    setRefusing: (refusing) =>
      refusing ? writeFile(file('refusing'), '') : rm(file('refusing'), { force: true }),
    told: async () => (await read('told')).split('\n').filter((line) => line !== ''),
    close: async () => {
      await daemon.stop(2000);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

// RMCP, class ASF, enterprise number of ASF, presence ping (IPMI 2.0, tables 13-6 and 13-7).
const presencePing = Buffer.from('0600ff06000011be80000000', 'hex');
const pongType = 0x40;

/** Whether a BMC answers there. A question, for a socket of ours on its port would keep it out. */
async function isPresent(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once('message', (answer) => {
        resolve(answer[8] === pongType);
      });
      socket.once('error', () => {
        resolve(false);
      });
      setTimeout(resolve, 500, false).unref();
      socket.connect(port, '127.0.0.1', () => {
        socket.send(presencePing);
      });
    });
  } finally {
    socket.close();
  }
}
