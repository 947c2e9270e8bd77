/** Who may import whom: the architecture as rules. */
const services = '^services/([^/]+)/';
const serviceLibs =
  '^libs/(contracts|db|rpc|config|log|exec|domain|keys|service|disk-image|image-client|work)/';

/** Rooms of libs/db that belong to one service: its statements, and nobody else's. */
const ownRooms = '(api|boot|compute|deploy-helper|power|scheduler)';

/** Who uses which rooms of libs/db, beside its face for all. Tests use all of them. */
const roomsOf = {
  'services/api': ['api', 'bmc', 'models', 'network', 'placement'],
  'services/boot': ['boot'],
  'services/compute': ['compute', 'network', 'retention'],
  'services/deploy-helper': ['deploy-helper'],
  'services/power': ['bmc', 'power'],
  'services/scheduler': ['placement', 'scheduler'],
  'libs/service': ['notifications'],
  cli: ['ciphertexts', 'grants', 'migrate'],
};

const databaseRules = Object.entries(roomsOf).map(([user, rooms]) => ({
  name: `${user.replace('/', '-')}-in-its-rooms-of-the-database`,
  severity: 'error',
  from: { path: `^${user}/`, pathNot: ['[.]test[.]ts$', '/src/testing/'] },
  to: { path: '^libs/db/', pathNot: `^libs/db/src/((${rooms.join('|')})/)?index[.]ts$` },
}));

/** Which libraries others may import. */
const librariesOf = {
  'libs/db': ['domain', 'work'],
  'libs/rpc': ['domain', 'contracts', 'work'],
  'libs/keys': ['config', 'domain'],
  'libs/cloud-client': [],
  'libs/disk-image': ['contracts', 'domain', 'exec'],
  'libs/image-client': ['cloud-client', 'config', 'domain'],
  'libs/service': ['config', 'keys', 'log', 'contracts', 'rpc', 'db', 'domain', 'work'],
  cli: ['cloud-client', 'config', 'db', 'disk-image', 'domain', 'keys', 'rpc'],
  'libs/rig': ['exec', 'domain'],
  lab: ['config', 'log', 'exec', 'contracts', 'domain', 'keys', 'cloud-client', 'rig'],
};

const libraryRules = Object.entries(librariesOf).map(([user, libs]) => ({
  name: `${user.replace('/', '-')}-on-its-libraries`,
  severity: 'error',
  from: { path: `^${user}/`, pathNot: '[.]test[.]ts$' },
  to: { path: '^libs/', pathNot: [`^${user}/`, ...libs.map((lib) => `^libs/${lib}/`)] },
}));

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'services-are-islands',
      comment: 'A service that needs another asks over a topic.',
      severity: 'error',
      from: { path: services },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'services-on-their-libs',
      comment:
        'What strangers send is the same for the tests of all; no-test-code-in-production holds for the rest.',
      severity: 'error',
      from: { path: services },
      to: {
        path: '^(libs|lab|cli|test)/',
        pathNot: [serviceLibs, '^libs/testing/src/hostile[.]ts$'],
      },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^libs/domain/', pathNot: '[.]test[.]ts$' },
      to: { pathNot: ['^libs/domain/', '^node:crypto$', '^crypto$'] },
    },
    {
      name: 'contracts-only-on-domain-and-zod',
      severity: 'error',
      from: { path: '^libs/contracts/', pathNot: '[.]test[.]ts$' },
      to: { pathNot: ['^libs/(contracts|domain)/', 'node_modules/zod/'] },
    },
    {
      name: 'foundations-on-domain',
      severity: 'error',
      from: { path: '^libs/(config|log|exec)/', pathNot: '[.]test[.]ts$' },
      to: { path: '^libs/', pathNot: ['^libs/domain/', '^libs/(config|log|exec)/'] },
    },
    ...libraryRules,
    ...databaseRules,
    {
      name: 'rooms-of-the-database-are-islands',
      comment: 'What two services need stands in a room of its own.',
      severity: 'error',
      from: { path: `^libs/db/src/${ownRooms}/` },
      to: { path: `^libs/db/src/${ownRooms}/`, pathNot: '^libs/db/src/$1/' },
    },
    {
      name: 'shared-rooms-of-the-database-on-no-service',
      comment: 'Retention removes the rows of all of them.',
      severity: 'error',
      from: { path: '^libs/db/src/', pathNot: `^libs/db/src/(${ownRooms}|retention)/` },
      to: { path: `^libs/db/src/${ownRooms}/` },
    },
    {
      name: 'work-on-nothing',
      severity: 'error',
      from: { path: '^libs/work/', pathNot: '[.]test[.]ts$' },
      to: { pathNot: '^libs/work/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'cli-and-lab-start-services',
      comment: 'As processes: neither imports one, nor the other.',
      severity: 'error',
      from: { path: '^(cli|lab)/' },
      to: { path: '^(services|cli|lab)/', pathNot: '^$1/' },
    },
    {
      name: 'no-library-on-the-lab',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(lab|test)/' },
    },
    {
      name: 'drivers-do-not-know-each-other',
      severity: 'error',
      from: {
        path: '/(drivers|filters|weighers)/([^/]+)[.]ts$',
        pathNot: ['/index[.]ts$', '[.]test[.]ts$', 'conformance'],
      },
      to: {
        path: '/(drivers|filters|weighers)/',
        pathNot: ['/(filter|weigher|index|$2)[.]ts$', '/(drivers|filters|weighers)/$2[/-]'],
      },
    },
    {
      name: 'plugs-do-no-io',
      comment:
        'A driver has no database and no broker; a filter or weigher has nothing but what it is given.',
      severity: 'error',
      from: { path: '/(drivers|filters|weighers)/', pathNot: '[.]test[.]ts$' },
      to: { path: '^libs/(db|rpc)/' },
    },
    {
      name: 'only-db-touches-prisma',
      severity: 'error',
      from: { pathNot: ['^libs/db/', '^prisma/', '^prisma[.]config[.]ts$'] },
      to: { path: ['node_modules/@prisma/', '^libs/db/src/generated/'] },
    },
    {
      name: 'only-rpc-touches-amqplib',
      severity: 'error',
      from: { pathNot: ['^libs/(rpc|testing)/', '^test/'] },
      to: { path: 'node_modules/amqplib/' },
    },
    {
      name: 'only-exec-touches-execa',
      severity: 'error',
      from: { pathNot: '^libs/exec/' },
      to: { path: 'node_modules/execa/' },
    },
    {
      name: 'openapi-when-asked-for',
      comment:
        'The documents cost nothing until one is asked for: what makes them is imported by import() alone.',
      severity: 'error',
      from: {
        path: '^services/api/src/',
        pathNot: [
          '^services/api/src/openapi/(?!openapi[.](controller|module)[.]ts$)',
          '[.]test[.]ts$',
        ],
      },
      to: {
        path: '^services/api/src/openapi/(?!(openapi[.](controller|module)|api-names)[.]ts$)',
        dynamic: false,
      },
    },
    {
      name: 'no-test-code-in-production',
      severity: 'error',
      from: {
        path: '^(libs|services|cli|lab)/',
        pathNot: ['^libs/testing/', '/src/testing/', '[.]test[.]ts$', 'conformance'],
      },
      to: { path: ['^libs/testing/', '/src/testing/', '[.]test[.]ts$', '^test/'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.check.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['/dist/', '^services/[^/]+/build/', 'libs/db/src/generated/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default'],
    },
  },
};
