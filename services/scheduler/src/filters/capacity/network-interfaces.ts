import { passAll, plural, type RequestFilter } from '../filter.js';

/**
 * Passes nodes with a network interface for each network that the server asks for. `NodeFreeFilter` judges nodes
 * without any.
 */
export const networkInterfaces: RequestFilter = {
  name: 'NetworkInterfacesFilter',
  prepare({ networks }) {
    if (networks <= 1) {
      return passAll;
    }
    const reason = `has too few network interfaces (${networks} asked)`;
    return {
      node: ({ interfaces }) =>
        interfaces === 0 || interfaces >= networks
          ? undefined
          : {
              reason,
              distance: networks - interfaces,
              detail: plural(interfaces, 'interface'),
              change: `ask for ${plural(interfaces, 'network')}, or enrol its other interfaces`,
            },
    };
  },
};
