// The suites, each with the Python package that its tests are in.
const sdk = 'openstack.tests.functional';

export const suites = {
  'tempest-compute': 'tempest.api.compute',
  'tempest-identity': 'tempest.api.identity',
  'tempest-image': 'tempest.api.image',
  'tempest-network': 'tempest.api.network',
  'sdk-cloud': `${sdk}.cloud`,
  'sdk-compute': `${sdk}.compute`,
  'sdk-identity': `${sdk}.identity`,
  'sdk-image': `${sdk}.image`,
  'sdk-network': `${sdk}.network`,
  novaclient: 'novaclient.tests.functional',
  glanceclient: 'glanceclient.tests.functional',
};
