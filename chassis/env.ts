// The settings of each program: the parts of the environment that it reads, and
// no others. The parts are in env/; `.env.example` is generated from all of them.
import { platformShape } from '@meeboter/deployer/platforms/registry.ts';
import type { z } from 'zod';
import { type AddressSettings, addressShape } from './env/address.ts';
import { type SecretSettings, type SignInSettings, secretShape, signInShape } from './env/auth.ts';
import { type BookingSettings, bookingShape } from './env/booking.ts';
import { type DatabaseSettings, databaseShape } from './env/database.ts';
import { type PoolSettings, poolShape } from './env/pool.ts';
import { type HealthSettings, healthShape, type ProcessSettings, processShape } from './env/process.ts';
import { type QueueSettings, queueShape } from './env/queue.ts';
import { type Environment, environment, read } from './env/read.ts';
import { type RecordingsSettings, recordingsShape } from './env/recordings.ts';
import { type RuntimeSettings, runtimeShape } from './env/runtime.ts';
import { type StartSettings, startShape } from './env/start.ts';
import { checkStore, type StoreSettings, storeShape } from './env/store.ts';

/** What the code of the deployment platforms needs. */
export type PlatformSettings = z.infer<z.ZodObject<typeof platformShape>>;

/** What signing in needs, for the API and for tools that make accounts. */
export type AuthSettings = AddressSettings & SecretSettings & SignInSettings;
const authShape = { ...secretShape, ...addressShape, ...signInShape };

/** What every server process has. */
export type ServerSettings = ProcessSettings & DatabaseSettings & QueueSettings;
const serverShape = { ...databaseShape, ...queueShape, ...processShape };

export type ApiSettings = ServerSettings &
  StoreSettings &
  AuthSettings &
  PoolSettings &
  BookingSettings &
  RuntimeSettings;
const apiShape = {
  ...serverShape,
  ...storeShape,
  ...authShape,
  ...poolShape,
  ...bookingShape,
  ...runtimeShape,
};

export type SchedulerSettings = ServerSettings &
  HealthSettings &
  StoreSettings &
  PoolSettings &
  RecordingsSettings;
const schedulerShape = {
  ...serverShape,
  ...healthShape,
  ...storeShape,
  ...poolShape,
  ...recordingsShape,
};

/** No object store: the deployer runs beside browsers that show pages of others. */
export type DeployerSettings = ServerSettings &
  HealthSettings &
  AddressSettings &
  SecretSettings &
  PoolSettings &
  PlatformSettings;
const deployerShape = {
  ...serverShape,
  ...healthShape,
  ...addressShape,
  ...secretShape,
  ...poolShape,
  ...platformShape,
};

/** Everything, for programs in one process. */
export type Settings = ApiSettings & SchedulerSettings & DeployerSettings;
/** In the order of `.env.example`. */
const allShape = {
  ...databaseShape,
  ...queueShape,
  ...storeShape,
  ...authShape,
  ...healthShape,
  ...poolShape,
  ...bookingShape,
  ...runtimeShape,
  ...recordingsShape,
  ...platformShape,
  ...processShape,
};

// Each throws SettingsError with everything that is wrong.
export const readApiSettings = (env: Environment = environment()): ApiSettings =>
  read(apiShape, env, [checkStore]);
export const readSchedulerSettings = (env: Environment = environment()): SchedulerSettings =>
  read(schedulerShape, env, [checkStore]);
export const readDeployerSettings = (env: Environment = environment()): DeployerSettings =>
  read(deployerShape, env);
export const readSettings = (env: Environment = environment()): Settings => read(allShape, env, [checkStore]);
/** For tools that migrate or look at the database. */
export const readDatabaseSettings = (env: Environment = environment()): DatabaseSettings =>
  read(databaseShape, env);
/** For tools that make accounts. */
export const readAccountSettings = (env: Environment = environment()): DatabaseSettings & AuthSettings =>
  read({ ...databaseShape, ...authShape }, env);
/** For `npm start`, besides the settings of the programs. */
export const readStartSettings = (env: Environment = environment()): StartSettings => read(startShape, env);

/** All variables, in the order of `.env.example`. */
export const everyVariable = { ...allShape, ...startShape };

/** The variables that each program reads. */
export const variablesOf = { api: apiShape, scheduler: schedulerShape, deployer: deployerShape };
