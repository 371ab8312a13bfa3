// The product's deployer with the bench's platform.

import { environment } from '@meeboter/chassis/env/read.ts';
import { readDeployerSettings } from '@meeboter/chassis/env.ts';
import { runProgram } from '@meeboter/chassis/lifecycle.ts';
import { startDeployer } from '@meeboter/deployer/deployer.ts';
import { z } from 'zod';
import { labPlatform } from '../../lab/faults/platform-client.ts';

const url = z.url().parse(environment().LAB_PLATFORM_URL);
await runProgram(() =>
  startDeployer(readDeployerSettings(), { platforms: { aws: labPlatform(url, 'aws') } }),
);
