import type { Rule } from '../../policy/policy.js';
import { routeConfig } from '../routing/route-config.js';

/** The rule that says who may call the route; on a method, or on a controller for all of its methods. */
export const Policy = (rule: Rule): MethodDecorator & ClassDecorator => routeConfig({ rule });
