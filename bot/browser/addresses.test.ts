import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { isPublicAddress } from './addresses.ts';

it.each([
  ...['8.8.8.8', '142.250.74.46', '1.1.1.1', '172.15.0.1', '172.32.0.1', '100.63.255.255', '100.128.0.1'],
  ...['192.167.1.1', '169.253.1.1', '198.17.0.1', '223.255.255.255', '11.0.0.1'],
  ...['2a00:1450:4001:82a::200e', '2606:4700::1111', '2001:4860:4860::8888'],
  ...['::ffff:8.8.8.8', '64:ff9b::8.8.8.8', '64:ff9b::808:808'],
])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

it.each([
  ...[
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '127.255.255.254',
    '168.63.129.16',
  ],
  ...['169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.192', '192.168.1.1', '198.18.0.1'],
  ...['192.0.2.1', '198.51.100.1', '203.0.113.1', '224.0.0.251', '239.255.255.250', '255.255.255.255'],
  ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd00:ec2::254', 'ff02::1', 'fec0::1', '100::1'],
  ...['2001:db8::1', '2001::1', '2002:7f00:1::', '3fff::1', '64:ff9b:1::1', '::127.0.0.1'],
  ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:0:10.0.0.1', '64:ff9b::10.0.0.1', '64:ff9b::a9fe:a9fe'],
  ...['', 'localhost', '0x7f000001', '2130706433', '127.1', 'meet.google.com', '8.8.8.8:80'],
])('%s is not', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

it('none of this machine’s own addresses is', () => {
  for (const { address } of Object.values(networkInterfaces()).flatMap((them = []) => them)) {
    expect(isPublicAddress(address)).toBe(false);
  }
});
