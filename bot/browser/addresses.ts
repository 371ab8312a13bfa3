// Which addresses are on the public internet. Everything else is inside some network: of this machine, of
// its provider, or of whoever runs Meeboter.
import { BlockList, isIP, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** IANA's special-purpose registries (RFC 6890 and its updates), less what is globally reachable. */
const SPECIAL_V4: [network: string, prefix: number][] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT, and the metadata service of one cloud
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // a public address at which one cloud serves its own machines
  ['169.254.0.0', 16], // link-local, and the metadata services of most clouds
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays, withdrawn
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
];

/** Inside of 2000::/3, which is all of the global unicast space. */
const SPECIAL_V6: [network: string, prefix: number][] = [
  ['2001::', 23], // protocol assignments; Teredo carries IPv4 addresses
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4 carries IPv4 addresses
  ['3fff::', 20], // documentation
];

const special = new BlockList();
for (const [network, prefix] of SPECIAL_V4) special.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of SPECIAL_V6) special.addSubnet(network, prefix, 'ipv6');
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');
/** Addresses that stand for the IPv4 address in their last 32 bits. */
const carriesV4 = new BlockList();
carriesV4.addSubnet('::ffff:0:0', 96, 'ipv6'); // mapped
carriesV4.addSubnet('64:ff9b::', 96, 'ipv6'); // NAT64: where there is no IPv4, public hosts resolve to these

/** Whether an IP address (no brackets) is on the public internet, and not this machine's own. */
export function isPublicAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, '').toLowerCase();
  if (isIP(plain) === 0 || ownAddresses().has(plain)) return false;
  if (isIPv4(plain)) return !special.check(plain, 'ipv4');
  if (carriesV4.check(plain, 'ipv6')) return isPublicAddress(lastAsV4(plain));
  return globalUnicast.check(plain, 'ipv6') && !special.check(plain, 'ipv6');
}

/** A machine with a public address serves its neighbours at it too. */
function ownAddresses(): Set<string> {
  return new Set(
    Object.values(networkInterfaces()).flatMap((them = []) => them.map(({ address }) => address)),
  );
}

/** The last 32 bits of an IPv6 address. */
function lastAsV4(address: string): string {
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1);
  // The URL parser writes every form of an IPv6 address in the canonical one.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(':').slice(-2);
  const [high = 0, low = 0] = groups.map((group) => Number.parseInt(group || '0', 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
