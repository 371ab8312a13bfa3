// A scheduler of a fault run: the product's scheduler, without its sweep in the negative control.

import { environment } from '@meeboter/chassis/env/read.ts';
import { readSchedulerSettings } from '@meeboter/chassis/env.ts';
import { runProgram } from '@meeboter/chassis/lifecycle.ts';
import { startScheduler } from '@meeboter/scheduler/scheduler.ts';

const sweep = environment().LAB_NO_SWEEPS === undefined;
await runProgram(() => startScheduler(readSchedulerSettings(), undefined, { sweep }));
