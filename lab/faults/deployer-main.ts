// A deployer of a fault run: the product's, on the lab's platforms.

import { environment } from '@meeboter/chassis/env/read.ts';
import { readDeployerSettings } from '@meeboter/chassis/env.ts';
import { runProgram } from '@meeboter/chassis/lifecycle.ts';
import { startDeployer } from '@meeboter/deployer/deployer.ts';
import { z } from 'zod';
import { labPlatform } from './platform-client.ts';

const { LAB_PLATFORM_URL, LAB_NO_SWEEPS } = environment();
const url = z.url().parse(LAB_PLATFORM_URL);
// To look at the platforms' lists is a sweep too: the negative control goes without it. A schedule that is
// never due again would not do: an emptied queue gets it back, and its first round comes at once.
const reconcileEveryMs = LAB_NO_SWEEPS === undefined ? 3_000 : null;
const platforms = { aws: labPlatform(url, 'aws'), k8s: labPlatform(url, 'k8s') };
await runProgram(() => startDeployer(readDeployerSettings(), { platforms, reconcileEveryMs }));
