import type { BaremetalNode, ShownInterface } from '@metalcast/db/api';

export const interfaceView = ({
  id,
  address,
  datapathId,
  portNo,
}: Omit<ShownInterface, 'vifUuid' | 'pxe'>): object => ({
  id,
  address,
  datapath_id: datapathId,
  port_no: portNo,
});

/** As in 2013: the id is an integer, and neither uuid nor password is shown. */
export const baremetalNodeView = (node: BaremetalNode): object => ({
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
