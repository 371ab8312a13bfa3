// The settings of Coolify, checked together when the platform is opened.
import type { PlatformSettings } from '@meeboter/chassis/env.ts';
import { type Image, parseImage } from './image.ts';

export interface CoolifyOptions {
  /** The address of the API, with /api/v1 and without a slash at its end. */
  baseUrl: string;
  token: string;
  projectUuid: string;
  environmentName: string;
  serverUuid: string;
  destinationUuid: string | undefined;
  image: Image;
  warmSlots: number;
}

type CoolifySettings = Pick<PlatformSettings, Extract<keyof PlatformSettings, `COOLIFY_${string}`>>;

/** Throws one error that names all variables that are missing or contradict each other. */
export function readOptions(settings: CoolifySettings, botLimit: number): CoolifyOptions {
  const {
    COOLIFY_API_URL: url,
    COOLIFY_API_TOKEN: token,
    COOLIFY_PROJECT_UUID: projectUuid,
    COOLIFY_SERVER_UUID: serverUuid,
    COOLIFY_IMAGE: imageText,
    COOLIFY_WARM_SLOTS: warmSlots,
  } = settings;
  const image = parseImage(imageText ?? '');
  const problems = Object.entries({
    COOLIFY_API_URL: url,
    COOLIFY_API_TOKEN: token,
    COOLIFY_PROJECT_UUID: projectUuid,
    COOLIFY_SERVER_UUID: serverUuid,
    COOLIFY_IMAGE: imageText,
  }).flatMap(([name, value]) => (value === undefined ? [`${name} is missing`] : []));
  if (imageText !== undefined && !image) {
    problems.push(`COOLIFY_IMAGE has to look like name:tag or name@sha256:digest, not ${imageText}`);
  }
  if (warmSlots > botLimit) {
    problems.push(`COOLIFY_WARM_SLOTS is ${warmSlots}, and COOLIFY_BOT_LIMIT allows only ${botLimit} bots`);
  }
  if (problems.length > 0 || !url || !token || !projectUuid || !serverUuid || !image) {
    throw new Error(`Coolify cannot be used: ${problems.join('; ')}.`);
  }
  return {
    baseUrl: `${url.replace(/\/+$/, '').replace(/\/api(\/v1)?$/, '')}/api/v1`,
    ...{ token, projectUuid, serverUuid, image, warmSlots },
    environmentName: settings.COOLIFY_ENVIRONMENT_NAME,
    destinationUuid: settings.COOLIFY_DESTINATION_UUID,
  };
}
