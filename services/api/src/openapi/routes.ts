import { ownValue } from '@metalcast/domain';
import { isApiName, type ApiName } from './api-names.js';
import type { ControllerNotes, RouteNotes } from './notes.js';
import { computeOperations } from './operations/compute.js';
import { identityOperations } from './operations/identity.js';
import { imageOperations } from './operations/image.js';
import { metalcastOperations } from './operations/metalcast.js';
import { networkOperations } from './operations/network.js';
import { versionOperations } from './operations/versions.js';
import { walk, type WalkedRoute } from './walk.js';

const described: readonly ControllerNotes[] = [
  ...versionOperations,
  ...computeOperations,
  ...identityOperations,
  ...imageOperations,
  ...networkOperations,
  ...metalcastOperations,
];

export interface DescribedRoute {
  readonly route: WalkedRoute;
  readonly notes: RouteNotes;
}

/** All routes that are described, each with its notes. */
export const describedRoutes = (): DescribedRoute[] =>
  described.flatMap(({ controller, notes }) =>
    walk([controller]).map((route) => {
      const own = ownValue(notes, route.handler);
      if (own === undefined) {
        throw new Error(`nothing is said of ${controller.name}.${route.handler}`);
      }
      return { route, notes: own };
    }),
  );

type Path = Pick<WalkedRoute, 'path'>;

/** Whether the route is an API's; what is not is described with Metalcast's own. */
export const isOfApi = ({ path }: Path): boolean => isApiName(firstOf(path));

export function apiOf({ path }: Path): ApiName {
  const first = firstOf(path);
  return isApiName(first) ? first : 'metalcast';
}

const firstOf = (path: string): string => path.split('/')[1] ?? '';
