// A TFTP client that goes away in the midst of its transfers, again and again. It runs in a network namespace, as a
// program. Arguments: address, port, file, how many transfers, how each ends (close, error or ack-then-error), options
// of the request.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const [address, port, file, count, ending, ...options] = process.argv.slice(2);
const bytes = (opcode, text) => Buffer.concat([Buffer.from([0, opcode]), Buffer.from(text)]);
const request = bytes(1, [file, 'octet', ...options].map((field) => `${field}\0`).join(''));
const error = bytes(5, '\0\0gone\0');
const ack = (block) => Buffer.from([0, 4, block >> 8, block & 255]);
const answerMs = 2000;
/** In a row: longer than a transfer that was not told of its client's end keeps one of the address's places. */
const mostSilent = 15;

const send = (socket, packet, peer) =>
  new Promise((resolve) => socket.send(packet, peer.port, peer.address, resolve));

/** What the server said first: 6 (options), 3 (data), 5 (no), or 0: nothing. */
async function abort() {
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  try {
    await send(socket, request, { port: Number(port), address });
    const [packet, peer] = await once(socket, 'message', { signal: AbortSignal.timeout(answerMs) });
    const opcode = packet.readUInt16BE(0);
    if (opcode === 6 || opcode === 3) {
      await send(socket, ack(opcode === 6 ? 0 : 1), peer);
      if (ending !== 'close') {
        await send(socket, error, peer);
      }
      if (ending === 'ack-then-error') {
        await send(socket, ack(2), peer);
        await send(socket, error, peer);
      }
    }
    return opcode;
  } catch {
    return 0;
  } finally {
    socket.close();
  }
}

const seen = { begun: 0, refused: 0, unanswered: 0 };
let silent = 0;
while (seen.begun < Number(count) && silent < mostSilent) {
  const opcode = await abort();
  // Nothing is said to one of too many of an address: it asks again, as loaders do.
  silent = opcode === 0 ? silent + 1 : 0;
  seen[opcode === 0 ? 'unanswered' : opcode === 5 ? 'refused' : 'begun'] += 1;
}
process.stdout.write(JSON.stringify(seen));
