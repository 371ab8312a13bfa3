import { readSchedulerSettings } from '@meeboter/chassis/env.ts';
import { runProgram } from '@meeboter/chassis/lifecycle.ts';
import { startScheduler } from './scheduler.ts';

await runProgram(() => startScheduler(readSchedulerSettings()));
