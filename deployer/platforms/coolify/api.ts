// The calls of Coolify's API that we make, with the shape of their answers. Facts about them: Coolify's source (4.3.11)
// and its OpenAPI file, which differ in places.
import { z } from 'zod';
import type { Client } from './client.ts';
import { isNotFound, saysThat } from './fault.ts';

const id = z.union([z.string(), z.number()]).transform(String);
const created = z.string().nullish();

const resourceSchema = z.object({
  id,
  uuid: z.string().min(1),
  name: z.string(),
  /** `application`, `service`, or a kind of database. */
  type: z.string().nullish(),
  /** `state:health`. */
  status: z.string().nullish(),
  created_at: created,
});
/** An application, or something else on the server, in the light list. */
export type Resource = z.infer<typeof resourceSchema>;

const applicationSchema = resourceSchema.extend({
  docker_registry_image_name: z.string().nullish(),
  docker_registry_image_tag: z.string().nullish(),
});
export type Application = z.infer<typeof applicationSchema>;

const deploymentSchema = z.object({
  deployment_uuid: z.string().min(1),
  /** `queued`, `in_progress`, `finished`, `failed`, `cancelled-by-user`. */
  status: z.string(),
  application_id: id.nullish(),
  /** Only with the permission `read:sensitive`. */
  logs: z.string().nullish(),
});
/** A deployment in Coolify's sense: one run that brings a container up. */
export type CoolifyDeployment = z.infer<typeof deploymentSchema>;

/** True while it waits or runs: its container may still come up. */
export const isActive = ({ status }: CoolifyDeployment) => status === 'queued' || status === 'in_progress';

const deployedSchema = z.object({
  deployments: z.array(z.object({ message: z.string().nullish(), deployment_uuid: z.string().nullish() })),
});
const listOrObject = z.union([
  z.array(deploymentSchema),
  z.record(z.string(), deploymentSchema).transform((items) => Object.values(items)),
]);
const anything = z.unknown();

export type CoolifyApi = ReturnType<typeof createApi>;

export function createApi({ send }: Client) {
  return {
    /** The version of Coolify. */
    version: (signal: AbortSignal): Promise<string> =>
      send({ method: 'GET', path: '/version', answer: z.coerce.string().min(1).max(100), signal }),

    /** Throws when there is no such environment. */
    environment: (project: string, environment: string, signal: AbortSignal) =>
      send({
        ...{
          method: 'GET',
          path: `/projects/${project}/${encodeURIComponent(environment)}`,
          answer: anything,
          signal,
        },
      } as const),

    server: (uuid: string, signal: AbortSignal) =>
      send({
        ...{ method: 'GET', path: `/servers/${uuid}`, signal },
        answer: z.object({
          settings: z
            .object({
              is_reachable: z.boolean().nullish(),
              is_usable: z.boolean().nullish(),
              /** How many deployments it carries out at a time. */
              concurrent_builds: z.number().nullish(),
            })
            .nullish(),
        }),
      } as const),

    /** Everything on a server, with its status. */
    resources: (server: string, signal: AbortSignal): Promise<Resource[]> =>
      send({
        ...{ method: 'GET', path: `/servers/${server}/resources`, answer: z.array(resourceSchema), signal },
      } as const),

    /** All applications of the team with a tag. */
    tagged: (tag: string, signal: AbortSignal): Promise<Application[]> =>
      send({
        ...{
          method: 'GET',
          path: '/applications',
          query: { tag },
          answer: z.array(applicationSchema),
          signal,
        },
      } as const),

    /** Null when Coolify says that there is none. */
    application: (uuid: string, signal: AbortSignal): Promise<Application | null> =>
      orNull(
        send({
          ...{ method: 'GET', path: `/applications/${uuid}`, answer: applicationSchema, signal },
        } as const),
      ),

    /** Not idempotent: a second call makes a second application of the same name. */
    createApplication: async (body: object, signal: AbortSignal): Promise<string> => {
      const answer = z.object({ uuid: z.string().min(1) });
      const path = '/applications/dockerimage';
      return (await send({ method: 'POST', path, body, answer, signal })).uuid;
    },

    changeApplication: (uuid: string, body: object, signal: AbortSignal) =>
      send({ method: 'PATCH', path: `/applications/${uuid}`, body, answer: anything, signal }),

    deleteApplication: (uuid: string, signal: AbortSignal) =>
      orNull(
        send({
          ...{ method: 'DELETE', path: `/applications/${uuid}`, query: { docker_cleanup: 'false' } },
          ...{ answer: anything, signal },
        } as const),
      ),

    /** Sets these variables and keeps all others. They take effect at the next deployment. */
    setEnvironment: (uuid: string, variables: Record<string, string>, signal: AbortSignal) =>
      send({
        ...{ method: 'PATCH', path: `/applications/${uuid}/envs/bulk`, answer: anything, signal },
        body: {
          // Literal: Coolify would otherwise replace `$` and backslashes.
          data: Object.entries(variables).map(([key, value]) => ({
            ...{ key, value, is_preview: false, is_literal: true },
          })),
        },
      } as const),

    /** Each call while none is queued or under way starts another deployment. */
    deploy: (uuid: string, signal: AbortSignal) =>
      send({ method: 'POST', path: '/deploy', query: { uuid }, answer: deployedSchema, signal }),

    /** The newest deployments of an application, newest first; none when Coolify says that there is no such application. */
    deploymentsOf: async (uuid: string, signal: AbortSignal): Promise<CoolifyDeployment[]> => {
      const found = await orNull(
        send({
          ...{ method: 'GET', path: `/deployments/applications/${uuid}`, query: { skip: '0', take: '10' } },
          answer: z.object({ deployments: z.array(deploymentSchema) }),
          signal,
        } as const),
      );
      return found?.deployments ?? [];
    },

    /** All deployments of the team that are queued or under way. PHP may turn the list into an object. */
    activeDeployments: (signal: AbortSignal): Promise<CoolifyDeployment[]> =>
      send({ method: 'GET', path: '/deployments', answer: listOrObject, signal }),

    /** Cancels a deployment that has not ended. Does nothing for one that has. */
    cancel: async (deployment: string, signal: AbortSignal): Promise<void> => {
      const path = `/deployments/${deployment}/cancel`;
      try {
        await send({ method: 'POST', path, answer: anything, signal });
      } catch (error) {
        if (!isNotFound(error) && !saysThat(error, 400, /cannot be cancelled/i)) throw error;
      }
    },

    /** Has the containers of an application stopped and removed. It is queued without a number, and may get lost. */
    stop: (uuid: string, signal: AbortSignal) =>
      orNull(
        send({
          ...{ method: 'POST', path: `/applications/${uuid}/stop`, query: { docker_cleanup: 'false' } },
          ...{ answer: anything, signal },
        } as const),
      ),

    /**
     * True when the application has a running container. The status may be minutes old; this call makes Coolify look
     * on the server, since it wants the container's log.
     */
    isLive: async (uuid: string, signal: AbortSignal): Promise<boolean> => {
      const path = `/applications/${uuid}/logs`;
      try {
        await send({ method: 'GET', path, query: { lines: '1' }, answer: anything, signal });
        return true;
      } catch (error) {
        if (isNotFound(error) || saysThat(error, 400, /not running/i)) return false;
        throw error;
      }
    },
  };
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}
