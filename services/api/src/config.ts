import { flag, integer, list, option, type ConfigOf } from '@metalcast/config';
import { isPowerDriver, powerDriverNames } from '@metalcast/contracts';
import type { ModelDatabase } from '@metalcast/db/models';
import { placementScopes } from '@metalcast/domain';
import { keyOptions, type KeysOf } from '@metalcast/keys';
import { notificationOptions, serviceOptions, type ServiceContext } from '@metalcast/service';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { unknownPlaceholders } from './compute/servers/create/names-of-many.js';

const isAddressOrBlock = (text: string): boolean =>
  ipaddr.isValid(text) || ipaddr.isValidCIDR(text);

const gibibyte = 1024 ** 3;

export const options = {
  ...serviceOptions,
  ...keyOptions('bmcPublic', 'instancePublic', 'token'),
  ...notificationOptions,
  listenAddress: option(z.string().default('127.0.0.1').describe('Address of the HTTP API')),
  listenPort: option(integer().default(8774).describe('Port of the HTTP API; 0 picks a free one')),
  publicUrl: option(
    z
      .url({ protocol: /^https?$/ })
      .transform((url) => url.replace(/\/+$/, ''))
      .default('http://127.0.0.1:8774')
      .describe('Where users reach the API: named by the catalog and all links'),
  ),
  accessLog: option(
    flag()
      .default(true)
      .describe(
        'A line of the log, at info, for each request: who, what, the answer, and how long',
      ),
  ),
  region: option(z.string().default('RegionOne').describe('Region of the catalog’s endpoints')),
  adminUser: option(z.string().default('admin').describe('First administrator, of project admin')),
  adminPassword: option(
    z.string().min(1).describe('Password of admin_user; a changed one replaces the stored one'),
    { secret: true },
  ),
  serviceUser: option(
    z.string().default('metalcast').describe('Account of the other services, of project service'),
  ),
  servicePassword: option(
    z.string().min(1).describe('Password of service_user; a changed one replaces the stored one'),
    { secret: true },
  ),
  tokenHours: option(integer().default(8).describe('How long a token is valid, hours')),
  imageDirectory: option(
    z
      .string()
      .default('/var/lib/metalcast/images')
      .describe('Where image bytes are kept; the same for all api processes'),
  ),
  multiInstanceDisplayNameTemplate: option(
    z
      .string()
      .default('%(name)s-%(uuid)s')
      .superRefine((template, context) => {
        for (const word of unknownPlaceholders(template)) {
          const message = `%(${word}) is unknown; there are name, uuid and count`;
          context.addIssue({ code: 'custom', message });
        }
      })
      .describe('Names of servers that were asked for together: of %(name)s, %(uuid)s, %(count)d'),
  ),
  maxServersPerRequest: option(
    integer().default(1000).describe('Servers that one request may ask for (min_count, max_count)'),
  ),
  maxNodesPerRequest: option(
    integer()
      .default(1000)
      .describe('Nodes that one request may enrol, change or remove (nodes:batch, nodes:remove)'),
  ),
  maxNetworkItemsPerRequest: option(
    integer()
      .default(1000)
      .describe('Ports, subnets or networks that one request may make ({"ports": […]})'),
  ),
  maxListed: option(
    integer()
      .default(1000)
      .describe(
        'Longest page of a list, also where no limit is given; the answer links to the next',
      ),
  ),
  serverGroupScope: option(
    z
      .enum(placementScopes)
      .default('rack')
      .describe('What servers of a group share or do not, where the group does not say it'),
  ),
  maxImageBytes: option(
    integer()
      .default(100 * gibibyte)
      .describe('Largest upload of an image'),
  ),
  maxBodyBytes: option(
    integer()
      .default(256 * 1024)
      .describe('Largest body of any other request; a log-in’s has at most 16 KiB'),
  ),
  maxBatchBytes: option(
    integer()
      .default(4 * 1024 ** 2)
      .describe('Largest body of a request for many nodes (nodes:batch, nodes:remove)'),
  ),
  receiveSeconds: option(
    integer()
      .default(20)
      .describe(
        'How long a client may take to send its headers, and then a body that is no image, seconds',
      ),
  ),
  uploadSilenceSeconds: option(
    integer()
      .default(60)
      .describe(
        'How long an upload of an image may pause, or be slower than 8 KiB/s, and a client take nothing of an answer, seconds',
      ),
  ),
  maxConnections: option(
    integer()
      .default(2000)
      .describe('HTTP connections at once; one more ends the one that has waited longest'),
  ),
  trustedProxies: option(
    list()
      .refine((words) => words.every(isAddressOrBlock), 'must be addresses or CIDR blocks')
      .default([])
      .describe('Proxies whose X-Forwarded-For tells the client, by which requests are limited'),
  ),
  powerDrivers: option(
    list()
      .refine(
        (names) => names.length > 0 && names.every(isPowerDriver),
        `must be of ${powerDriverNames.join(', ')}`,
      )
      .default(['ipmi'])
      .describe(
        'Power drivers that nodes may be enrolled with. `fake` sends requests to any URL: only for tests and simulators',
      ),
  ),
};

export type ApiOptions = typeof options;
export type ApiConfig = ConfigOf<ApiOptions>;
export type ApiKeys = KeysOf<ApiOptions>;
export type ApiContext = ServiceContext<ApiOptions, ModelDatabase>;
