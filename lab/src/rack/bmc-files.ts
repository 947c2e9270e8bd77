// Configuration files of openipmi's ipmi_sim; one ipmi_sim process is one BMC.
import { consolePort } from './machine.js';
import type { RackNode } from './node.js';

/** `chassis_control`, which the manual does not document, names the program that controls power and boot device. */
export function lanConfiguration(node: RackNode, password: string, chassis: string): string {
  const { address, port, user } = node.bmc;
  const levels = ['callback', 'user', 'operator', 'admin'];
  return [
    `name "${node.name}"`,
    'set_working_mc 0x20',
    'startlan 1',
    `addr ${address} ${port}`,
    'priv_limit admin',
    ...levels.map((level) => `allowed_auths_${level} none md2 md5 straight`),
    `guid ${node.uuid.replaceAll('-', '')}`,
    'endlan',
    `chassis_control "${chassis} ${node.folder}"`,
    `sol "tcp:${address}:${consolePort}" 115200 history=65536`,
    `user 2 true "${user}" "${password}" admin 10 none md2 md5 straight`,
    '',
  ].join('\n');
}

/** One management controller with an event log. */
export const controller = [
  'mc_setbmc 0x20',
  'mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr',
  'sel_enable 0x20 1000 0x0a',
  'mc_enable 0x20',
  '',
].join('\n');
