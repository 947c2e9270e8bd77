import type { Interface } from '@metalcast/db';
import type { EnrolledNode } from '../../nodes/nodes.js';

export const interfaceView = ({ id, address, datapathId, portNo }: Interface): object => ({
  id,
  address,
  datapath_id: datapathId,
  port_no: portNo,
});

/** As in 2013: the id is an integer, and neither uuid nor password is shown. */
export const baremetalNodeView = (node: EnrolledNode): object => ({
  id: node.id,
  service_host: node.serviceHost,
  cpus: node.cpus,
  memory_mb: node.memoryMb,
  local_gb: node.localGb,
  pm_address: node.pmAddress,
  pm_user: node.pmUser,
  terminal_port: node.terminalPort,
  instance_uuid: node.instanceUuid,
  interfaces: node.interfaces.map(interfaceView),
});
