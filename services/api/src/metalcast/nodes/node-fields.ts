import type { NewInterface } from '@metalcast/db/api';
import type { Enrolment } from '../../nodes/enrolment.js';
import type { NodeWish } from '../../nodes/enrolments.js';
import type { NewNodeFields, Nic, NodeFields } from './nodes.schema.js';

export const nicOf = ({
  address,
  datapath_id: datapathId,
  port_no: portNo,
  pxe,
}: Nic): NewInterface => ({ address, datapathId, portNo, pxe });

export const wishOf = (node: NewNodeFields): NodeWish => {
  const { uuid, interfaces, cpus, memory_mb: memoryMb, local_gb: localGb } = node;
  const enrolment = { ...columns(node), uuid, cpus, memoryMb, localGb };
  return { enrolment, interfaces: interfaces.map(nicOf) };
};

/** The enrolment's fields for those of the API. */
export const columns = (fields: NodeFields): Partial<Enrolment> => ({
  name: fields.name,
  serviceHost: fields.service_host,
  ...(fields.cpus === undefined ? {} : { cpus: fields.cpus }),
  ...(fields.memory_mb === undefined ? {} : { memoryMb: fields.memory_mb }),
  ...(fields.local_gb === undefined ? {} : { localGb: fields.local_gb }),
  cpuArch: fields.cpu_arch,
  availabilityZone: fields.availability_zone,
  resourceClass: fields.resource_class,
  rack: fields.rack,
  powerFeed: fields.power_feed,
  switchName: fields.switch,
  traits: fields.traits,
  capabilities: fields.capabilities,
  rootDevice: fields.root_device,
  keepDisks: fields.keep_disks,
  ...(fields.data_of === undefined ? {} : { dataOf: [] }),
  maintenance: fields.maintenance,
  maintenanceReason: fields.maintenance_reason,
  quarantined: fields.quarantined,
  quarantineReason: fields.quarantine_reason,
  failures: fields.failures,
  powerDriver: fields.power?.driver,
  pmAddress: fields.power?.address,
  pmUser: fields.power?.user,
  pmPassword: fields.power?.password,
  pmOptions: fields.power?.options,
});
