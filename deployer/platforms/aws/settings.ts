// The variables of AWS ECS, and what they have to say together. Credentials are not among them: the AWS SDK finds them
// where it always does (variables AWS_…, ~/.aws, the role of the machine or container).
import { httpUrl, words } from '@meeboter/chassis/env/fields.ts';
import { MEETING_PLATFORMS, type MeetingPlatform } from '@meeboter/domain/meeting-links/link.ts';
import { z } from 'zod';

/** AWS allows this many in the network configuration of a task (Amazon ECS API Reference, AwsVpcConfiguration). */
const MAX_SUBNETS = 16;
const MAX_SECURITY_GROUPS = 5;

const list = z.string().transform(words);
const yesOrNo = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((text) => text === 'true');

const taskDefinition = (platform: string) =>
  z
    .string()
    .min(1)
    .optional()
    .describe(
      `ECS task definition of bots for ${platform}: family, family:revision or ARN. Unset: none of them run on aws.`,
    );

export const awsShape = {
  AWS_REGION: z.string().min(1).optional().describe('AWS region of the ECS cluster.'),
  AWS_ECS_CLUSTER: z
    .string()
    .min(1)
    .optional()
    .describe('ECS cluster that runs the bots: its name, or its ARN.'),
  AWS_ECS_SUBNETS: list
    .optional()
    .describe('Subnets of the bots, separated by commas; several availability zones find room more often.'),
  AWS_ECS_SECURITY_GROUPS: list
    .optional()
    .describe('Security groups of the bots, separated by commas. Unset: the default group of the VPC.'),
  AWS_ECS_ASSIGN_PUBLIC_IP: yesOrNo
    .default(false)
    .describe('true in public subnets; false where a NAT gateway leads to the internet.'),
  AWS_ECS_TASK_DEF_GOOGLE_MEET: taskDefinition('Google Meet'),
  AWS_ECS_TASK_DEF_MICROSOFT_TEAMS: taskDefinition('Microsoft Teams'),
  AWS_ECS_TASK_DEF_ZOOM: taskDefinition('Zoom'),
  AWS_ECS_CONTAINER: z
    .string()
    .min(1)
    .default('bot')
    .describe("The bot's container in the task definitions."),
  AWS_CAPACITY: z
    .enum(['fargate', 'spot', 'spot-then-fargate'])
    .default('fargate')
    .describe(
      'Where bots run on aws. Spot costs less, and AWS may end a bot there two minutes after a warning, in the middle of its meeting.',
    ),
  AWS_ECS_OWNER: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'may have 64 letters, digits, hyphens and underscores')
    .default('meeboter')
    .describe(
      'Marks the tasks of this installation. Installations that share a cluster need different ones, or each ends the bots of the other.',
    ),
  AWS_ENDPOINT_URL_ECS: httpUrl
    .optional()
    .describe("Address of the ECS API, for VPC endpoints and tests. Unset: the region's own."),
};

export type AwsSettings = z.infer<z.ZodObject<typeof awsShape>>;

/** What the platform needs, checked. */
export interface AwsConfig {
  region: string;
  endpoint: string | undefined;
  cluster: string;
  subnets: string[];
  securityGroups: string[];
  assignPublicIp: boolean;
  taskDefinitions: Readonly<Record<MeetingPlatform, string | undefined>>;
  container: string;
  capacity: AwsSettings['AWS_CAPACITY'];
  owner: string;
}

/** The variable that names the task definition of a meeting platform. */
export const TASK_DEFINITION_VARIABLES = {
  'google-meet': 'AWS_ECS_TASK_DEF_GOOGLE_MEET',
  'microsoft-teams': 'AWS_ECS_TASK_DEF_MICROSOFT_TEAMS',
  zoom: 'AWS_ECS_TASK_DEF_ZOOM',
} as const satisfies Record<MeetingPlatform, keyof AwsSettings>;

/** Throws one Error that names every variable that is missing or wrong. */
export function readConfig(settings: AwsSettings): AwsConfig {
  const wrong: string[] = [];
  const needed = <T>(name: keyof AwsSettings, value: T | undefined, empty: T): T => {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) wrong.push(`${name} is not set`);
    return value ?? empty;
  };
  const atMost = (name: string, values: readonly string[], most: number) => {
    if (values.length > most) wrong.push(`${name} names ${values.length}, and AWS allows ${most}`);
  };
  const config: AwsConfig = {
    region: needed('AWS_REGION', settings.AWS_REGION, ''),
    endpoint: settings.AWS_ENDPOINT_URL_ECS,
    cluster: needed('AWS_ECS_CLUSTER', settings.AWS_ECS_CLUSTER, ''),
    subnets: needed('AWS_ECS_SUBNETS', settings.AWS_ECS_SUBNETS, []),
    securityGroups: settings.AWS_ECS_SECURITY_GROUPS ?? [],
    assignPublicIp: settings.AWS_ECS_ASSIGN_PUBLIC_IP,
    taskDefinitions: {
      'google-meet': needed('AWS_ECS_TASK_DEF_GOOGLE_MEET', settings.AWS_ECS_TASK_DEF_GOOGLE_MEET, undefined),
      'microsoft-teams': settings.AWS_ECS_TASK_DEF_MICROSOFT_TEAMS,
      zoom: settings.AWS_ECS_TASK_DEF_ZOOM,
    },
    container: settings.AWS_ECS_CONTAINER,
    capacity: settings.AWS_CAPACITY,
    owner: settings.AWS_ECS_OWNER,
  };
  atMost('AWS_ECS_SUBNETS', config.subnets, MAX_SUBNETS);
  atMost('AWS_ECS_SECURITY_GROUPS', config.securityGroups, MAX_SECURITY_GROUPS);
  if (wrong.length > 0) throw new Error(`The platform aws cannot be used: ${wrong.join('; ')}.`);
  return config;
}

/** The meeting platforms whose bots can run here. */
export const servedMeetings = (config: AwsConfig): MeetingPlatform[] =>
  MEETING_PLATFORMS.filter((platform) => config.taskDefinitions[platform] !== undefined);

/** The variables without which the bots of some meeting platforms cannot run here. */
export const missingTaskDefinitions = (config: AwsConfig): string[] =>
  Object.entries(TASK_DEFINITION_VARIABLES).flatMap(([platform, variable]) =>
    config.taskDefinitions[platform as MeetingPlatform] === undefined ? [variable] : [],
  );
