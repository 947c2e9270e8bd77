// Datagrams of ill will for a DHCP client: noise, and answers that are cut, or whose options lie about their length.
// Arguments: port, seed, how many. Sent on the loopback of the namespace that it runs in.
import { createSocket } from 'node:dgram';

const [port, seed, count] = process.argv.slice(2).map(Number);
let state = (seed % 2_147_483_646) + 1;
const random = (below) => {
  state = (state * 48_271) % 2_147_483_647;
  return state % below;
};
const noise = (length) => Buffer.from(Array.from({ length }, () => random(256)));

/** An offer with the card of the first simulated machine in it. */
function offer() {
  const packet = Buffer.alloc(240);
  packet.set([2, 1, 6, 0]);
  packet.set(noise(4), 4);
  packet.set([0x52, 0x54, 0, 0x78, 0, random(3)], 28);
  packet.set([0x63, 0x82, 0x53, 0x63], 236);
  const options = Buffer.from([53, 1, random(9), random(256), random(256), random(256)]);
  return Buffer.concat([packet, options, noise(random(40))]);
}

const socket = createSocket('udp4');
for (let sent = 0; sent < count; sent += 1) {
  const whole = random(3) === 0 ? noise(random(400)) : offer();
  const packet = random(3) === 0 ? whole.subarray(0, random(whole.length + 1)) : whole;
  await new Promise((resolve) => socket.send(packet, port, '127.0.0.1', resolve));
}
socket.close();
process.stdout.write(JSON.stringify({ sent: count }));
