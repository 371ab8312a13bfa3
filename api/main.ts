import { readApiSettings } from '@meeboter/chassis/env.ts';
import { runProgram } from '@meeboter/chassis/lifecycle.ts';
import { startApi } from './api.ts';

await runProgram(() => startApi(readApiSettings()));
