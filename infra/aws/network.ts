// The network of the bots: public subnets in up to three availability zones, and nothing that may call them.
import {
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

export interface BotNetwork {
  vpc: IVpc;
  securityGroup: SecurityGroup;
}

/**
 * Bots have public addresses and no NAT gateway: their media and uploads would pay for every byte through one. Nobody
 * reaches a bot, since its security group lets nothing in, and bots do not reach each other.
 */
export function createNetwork(scope: Construct): BotNetwork {
  // Named as an interface: our exactOptionalPropertyTypes does not take the class for it.
  const vpc = new Vpc(scope, 'Vpc', {
    ipAddresses: IpAddresses.cidr('10.80.0.0/16'),
    // More zones find room for a task more often.
    maxAzs: 3,
    natGateways: 0,
    subnetConfiguration: [{ name: 'bots', subnetType: SubnetType.PUBLIC, cidrMask: 20 }],
    // Uploads to a bucket of the same region stay inside AWS.
    gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
  }) as IVpc;
  const securityGroup = new SecurityGroup(scope, 'BotSecurityGroup', {
    vpc,
    description: 'Bots: everything out, nothing in',
    // Meetings send media over UDP from many ports and addresses.
    allowAllOutbound: true,
  });
  return { vpc, securityGroup };
}
