import { openstackTime } from '../../http/answers/openstack-time.js';

export type View = Readonly<Record<string, unknown>>;

/** Attributes that every resource of Neutron has, and that have one value here. */
export const commonFields: View = { tags: [], revision_number: 0 };

export const ownerFields = (projectId: string): View => ({
  project_id: projectId,
  tenant_id: projectId,
});

export const timeFields = (created: Date, updated = created): View => ({
  created_at: openstackTime(created),
  updated_at: openstackTime(updated),
});
