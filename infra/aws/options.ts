// What an operator may choose, as context of the CDK app: `npx aws-cdk deploy -c image=… -c cpu=1024`.
import type { Node } from 'constructs';

export interface BotsOptions {
  /** Begins the names of everything, and is what `AWS_ECS_OWNER` says. */
  name: string;
  /** The bot's image. Undefined: the stack makes a repository, and runs its tag `tag`. */
  image: string | undefined;
  tag: string;
  /** Secret of a private registry that has `image`: `{"username":…,"password":…}`. */
  registrySecretArn: string | undefined;
  /** Units of CPU and MiB of a bot; Fargate takes certain pairs only. */
  cpu: number;
  memoryMiB: number;
  /** How long logs of bots are kept, days. */
  logDays: number;
}

/** Reads the options. Throws an Error that names what is wrong. */
export function optionsOf(node: Pick<Node, 'tryGetContext'>): BotsOptions {
  const text = (name: string): string | undefined => {
    const value: unknown = node.tryGetContext(name);
    return value === undefined || value === '' ? undefined : String(value);
  };
  const count = (name: string, standard: number): number => {
    const value = Number(text(name) ?? standard);
    if (!Number.isInteger(value) || value <= 0) throw new Error(`-c ${name}= must be a whole number above 0`);
    return value;
  };
  const options = {
    name: text('name') ?? 'meeboter',
    image: text('image'),
    tag: text('tag') ?? 'latest',
    registrySecretArn: text('registrySecretArn'),
    // A bot that records needs 0.6 to 0.9 of a core of our own; a unit of Fargate is half a core.
    cpu: count('cpu', 2_048),
    memoryMiB: count('memoryMiB', 4_096),
    logDays: count('logDays', 14),
  };
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(options.name)) {
    throw new Error('-c name= must have up to 31 lower-case letters, digits and hyphens');
  }
  if (options.registrySecretArn !== undefined && options.image === undefined) {
    throw new Error('-c registrySecretArn= needs -c image=');
  }
  return options;
}
