// TFTP packets of ill will: random and mutated ones, odd options, names that climb, acknowledgements of other blocks.
// Arguments: address, port, seed, rounds. Prints how many answers came. The same seed sends the same packets.
import { createSocket } from 'node:dgram';

const [address, port, seed, rounds] = process.argv.slice(2);
let state = (Number(seed) % 2_147_483_646) + 1;
const random = (below) => {
  state = (state * 48_271) % 2_147_483_647;
  return state % below;
};
const pick = (list) => list[random(list.length)];
const noise = (length) => Buffer.from(Array.from({ length }, () => random(256)));

const names = [
  'ipxe.efi',
  'undionly.kpxe',
  '../../../etc/passwd',
  '/etc/passwd',
  'boot/52-54-00-88-00-01',
  'boot/52-54-00-88-00-01/kernel/00',
  'pxelinux.cfg/01-52-54-00-88-00-01',
  'pxelinux.cfg/default',
  '',
  'x'.repeat(600),
  '%00%2e%2e/',
  '\u00ff\u00fe',
  '__proto__',
  'constructor',
];
const options = [
  'blksize',
  'windowsize',
  'timeout',
  'tsize',
  'multicast',
  'BLKSIZE',
  '',
  '__proto__',
];
const values = [
  '0',
  '1',
  '8',
  '4',
  '512',
  '1468',
  '65464',
  '99999999999',
  '-1',
  '1e3',
  'x',
  '',
  ' 8',
];

function request() {
  const fields = [pick(names), pick(['octet', 'OCTET', 'netascii', 'mail', ''])];
  for (let left = random(5); left > 0; left -= 1) {
    fields.push(pick(options), pick(values));
  }
  const text = fields.map((field) => `${field}\0`).join('');
  const packet = Buffer.concat([
    Buffer.from([0, pick([1, 1, 1, 1, 2])]),
    Buffer.from(text, 'latin1'),
  ]);
  return random(4) === 0 ? packet.subarray(0, random(packet.length)) : packet;
}

/** What is said to a transfer that has begun. */
function word() {
  const block = random(3) === 0 ? random(65_536) : random(40);
  const acknowledgement = Buffer.from([0, 4, block >> 8, block & 255]);
  return pick([
    acknowledgement,
    acknowledgement,
    Buffer.from([0, 4, 0, 0]),
    Buffer.from([0, 4, 0]),
    Buffer.from([0, 5, 0, 0, 0]),
    Buffer.from([0, 3, 0, 1, 1]),
    request(),
    noise(random(60)),
    Buffer.alloc(0),
  ]);
}

let answers = 0;
async function talk() {
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  const send = (packet, peer) => socket.send(packet, peer.port, peer.address, () => undefined);
  let words = random(12);
  socket.on('message', (_, peer) => {
    answers += 1;
    for (let copies = random(3); copies > 0 && words > 0; copies -= 1) {
      words -= 1;
      send(word(), peer);
    }
  });
  for (let left = random(3) + 1; left > 0; left -= 1) {
    send(random(5) === 0 ? noise(random(600)) : request(), { port: Number(port), address });
  }
  await new Promise((resolve) => setTimeout(resolve, random(120)));
  socket.close();
}

for (let done = 0; done < Number(rounds); done += 8) {
  await Promise.all(Array.from({ length: 8 }, talk));
}
process.stdout.write(JSON.stringify({ answers }));
