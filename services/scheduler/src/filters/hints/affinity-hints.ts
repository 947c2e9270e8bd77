import { nearServers } from '../../filter-patterns/near-servers.js';

/** Nova's SameHostFilter: hint same_host. A node without a compute host counts as a host of its own. */
export const sameHost = nearServers('SameHostFilter', 'same', 'host');
/** Nova's DifferentHostFilter: hint different_host. */
export const differentHost = nearServers('DifferentHostFilter', 'different', 'host');

export const sameRack = nearServers('SameRackFilter', 'same', 'rack');
export const differentRack = nearServers('DifferentRackFilter', 'different', 'rack');
export const samePowerFeed = nearServers('SamePowerFeedFilter', 'same', 'power_feed');
export const differentPowerFeed = nearServers(
  'DifferentPowerFeedFilter',
  'different',
  'power_feed',
);
export const sameSwitch = nearServers('SameSwitchFilter', 'same', 'switch');
export const differentSwitch = nearServers('DifferentSwitchFilter', 'different', 'switch');
