import { dial, type Endpoint } from '../forward/dial.js';

const protocolVersion = 3 << 16;
/** "R" is an authentication request: the server accepts connections. It sends "E" while it starts or stops. */
const authenticationRequest = 'R'.charCodeAt(0);

/** Resolves with true when the server accepts connections for this user; throws otherwise. */
export async function probePostgres(
  endpoint: Endpoint,
  user: string,
  database: string,
): Promise<true> {
  return dial(endpoint, startupMessage(user, database), (received) => {
    const type = received[0];
    if (type !== undefined && type !== authenticationRequest) {
      throw new Error(`the server answered ${received.toString('latin1')}`);
    }
    return type === undefined ? undefined : true;
  });
}

function startupMessage(user: string, database: string): Buffer {
  const body = Buffer.from(`\0\0\0\0user\0${user}\0database\0${database}\0\0`);
  body.writeInt32BE(protocolVersion);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
}
