// A deployer of a fault run: the product's deployer with the lab's platforms.

import { environment } from '@meeboter/chassis/env/read.ts';
import { readDeployerSettings } from '@meeboter/chassis/env.ts';
import { runProgram } from '@meeboter/chassis/lifecycle.ts';
import { startDeployer } from '@meeboter/deployer/deployer.ts';
import { z } from 'zod';
import { labPlatform } from './platform-client.ts';

const { LAB_PLATFORM_URL, LAB_NO_SWEEPS } = environment();
const url = z.url().parse(LAB_PLATFORM_URL);
// Reconciliation with the platforms' lists is a sweep too, so the negative control runs without it. A very long
// interval would not do: when the queue is emptied, the schedule is added again and its first round runs at once.
const reconcileEveryMs = LAB_NO_SWEEPS === undefined ? 3_000 : null;
const platforms = {
  aws: labPlatform(url, 'aws'),
  k8s: labPlatform(url, 'k8s'),
  coolify: labPlatform(url, 'coolify'),
};
await runProgram(() => startDeployer(readDeployerSettings(), { platforms, reconcileEveryMs }));
