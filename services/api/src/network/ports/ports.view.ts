import type { Port } from '@metalcast/db';
import { commonFields, ownerFields, timeFields, type View } from '../collections/view.js';

export const portView = (port: Port): View => ({
  id: port.id,
  name: port.name,
  description: port.description,
  network_id: port.networkId,
  ...ownerFields(port.projectId),
  mac_address: port.macAddress,
  admin_state_up: port.adminStateUp,
  status: port.status,
  device_id: port.deviceId,
  device_owner: port.deviceOwner,
  fixed_ips:
    port.ipAddress === null ? [] : [{ subnet_id: port.subnetId, ip_address: port.ipAddress }],
  port_security_enabled: false,
  security_groups: [],
  'binding:vnic_type': 'baremetal',
  allowed_address_pairs: [],
  extra_dhcp_opts: [],
  ...commonFields,
  ...timeFields(port.createdAt, port.updatedAt),
});
