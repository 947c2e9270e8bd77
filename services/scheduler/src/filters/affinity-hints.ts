import { nearServers } from '../filter-patterns/near-servers.js';

/** Nova's SameHostFilter: hint same_host. A node enrolled under no compute host is a host of its own. */
export const sameHost = nearServers('SameHostFilter', 'same_host', 'host', 'same');
/** Nova's DifferentHostFilter: hint different_host. */
export const differentHost = nearServers(
  'DifferentHostFilter',
  'different_host',
  'host',
  'different',
);

export const sameRack = nearServers('SameRackFilter', 'same_rack', 'rack', 'same');
export const differentRack = nearServers(
  'DifferentRackFilter',
  'different_rack',
  'rack',
  'different',
);
export const samePowerFeed = nearServers(
  'SamePowerFeedFilter',
  'same_power_feed',
  'power_feed',
  'same',
);
export const differentPowerFeed = nearServers(
  'DifferentPowerFeedFilter',
  'different_power_feed',
  'power_feed',
  'different',
);
export const sameSwitch = nearServers('SameSwitchFilter', 'same_switch', 'switch', 'same');
export const differentSwitch = nearServers(
  'DifferentSwitchFilter',
  'different_switch',
  'switch',
  'different',
);
