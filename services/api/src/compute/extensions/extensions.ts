/** What Nova once had as an extension: its alias, name and description; only what is served here. */
const served = [
  ['OS-DCF', 'DiskConfig', 'Disk Management Extension.'],
  ['OS-EXT-AZ', 'ExtendedAvailabilityZone', 'Extended Availability Zone support.'],
  ['OS-EXT-SRV-ATTR', 'ExtendedServerAttributes', 'Extended Server Attributes support.'],
  ['OS-EXT-STS', 'ExtendedStatus', 'Extended Status support.'],
  ['OS-FLV-DISABLED', 'FlavorDisabled', 'Support to show the disabled status of a flavor.'],
  ['OS-FLV-EXT-DATA', 'FlavorExtraData', 'Provide additional data for flavors.'],
  ['OS-SCH-HNT', 'SchedulerHints', 'Pass arbitrary key/value pairs to the scheduler.'],
  ['OS-SRV-USG', 'ServerUsage', 'Adds launched_at and terminated_at on Servers.'],
  ['os-aggregates', 'Aggregates', 'Admin-only aggregate administration.'],
  ['os-availability-zone', 'AvailabilityZone', 'Availability zones.'],
  ['os-baremetal-nodes', 'BareMetalNodes', 'Admin-only bare-metal node administration.'],
  ['os-config-drive', 'ConfigDrive', 'Config Drive Extension.'],
  ['os-flavor-access', 'FlavorAccess', 'Flavor access support.'],
  ['os-flavor-extra-specs', 'FlavorExtraSpecs', 'Flavors extra specs support.'],
  ['os-flavor-manage', 'FlavorManage', 'Flavor create/delete API support.'],
  ['os-flavor-rxtx', 'FlavorRxtx', 'Support to show the rxtx status of a flavor.'],
  ['os-hosts', 'Hosts', 'Admin-only host administration.'],
  ['os-hypervisors', 'Hypervisors', 'Admin-only hypervisor administration.'],
  [
    'os-instance-actions',
    'InstanceActions',
    'View a log of actions and events taken on an instance.',
  ],
  ['os-keypairs', 'Keypairs', 'Keypair Support.'],
  ['os-multiple-create', 'MultipleCreate', 'Allow multiple create.'],
  ['os-quota-sets', 'Quotas', 'Quotas management support.'],
  ['os-security-groups', 'SecurityGroups', 'Security group support.'],
  ['os-server-groups', 'ServerGroups', 'Server group support.'],
  ['os-services', 'Services', 'Services support.'],
  ['os-simple-tenant-usage', 'SimpleTenantUsage', 'Simple tenant usage extension.'],
  ['os-used-limits', 'UsedLimits', 'Provide data on limited resource that are being used.'],
  ['os-user-data', 'UserData', 'Add user_data to the Create Server API.'],
] as const;

export interface Extension {
  readonly alias: string;
  readonly name: string;
  readonly description: string;
}

export const extensions: readonly Extension[] = served.map(([alias, name, description]) => ({
  alias,
  name,
  description,
}));
